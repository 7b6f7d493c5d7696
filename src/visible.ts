/** Makes texts of records and servers safe to print: a terminal obeys escape sequences, which can even write to its clipboard. */

export const NEWLINE = /\r\n|\r|\n/g;
/** Control and format characters, except joiners and the tags of flags, which are part of visible characters. */
const CONTROL = /(?!\u200c|\u200d|[\u{e0020}-\u{e007f}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Replaces control characters with symbols, also line breaks and tabs, so that the text stays in its line or cell. */
export const visible = (text: string): string =>
  text.replace(NEWLINE, '␤').replaceAll('\t', ' ').replace(CONTROL, symbol);

/** Replaces control characters with symbols, except line breaks and tabs. */
export const printable = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(CONTROL, (character) =>
      character === '\n' || character === '\t' ? character : symbol(character),
    );

/** Escapes control characters in a line of JSON, whose meaning stays the same. */
export const printableJson = (line: string): string =>
  line.replace(CONTROL, (character) => (character === '\n' ? character : escaped(character)));

const escaped = (character: string): string =>
  character.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

function symbol(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '�';
}
