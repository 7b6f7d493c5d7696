/** Adapts Vega's SVG to a page without scripts: colours from the page's CSS variables, and a title at each mark. */
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

export interface FigureText {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  readonly about: string;
}

/** Returns the `<svg>` element, with title and description for screen readers. */
export async function svgOf(spec: TopLevelSpec, { id, title, about }: FigureText): Promise<string> {
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  const words = `<title id="${id}-title">${escaped(title)}</title><desc id="${id}-about">${escaped(about)}</desc>`;
  return svg
    .replaceAll(
      /<(path|text)([^>]*?) aria-label="([^"]*)"([^>]*?)(?:\/>|><\/\1>)/g,
      '<$1$2$4><title>$3</title></$1>',
    )
    .replaceAll(
      /(<path[^>]*? d=")([^"]*)/g,
      (_, before: string, path: string) => before + path.replaceAll(/\d+\.\d+/g, rounded),
    )
    .replaceAll(/ (?:role|aria-[a-z]+|font-family|class|xmlns:xlink|version)="[^"]*"/g, '')
    .replace(/<svg([^>]*)>/, (_, attributes: string) => {
      const [, width, height] = / width="([\d.]+)" height="([\d.]+)"/.exec(attributes) ?? [];
      return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-about">${words}`;
    });
}

/** Rounds to a tenth of a pixel; the difference is not visible. With more digits, a map would be a fifth larger. */
const rounded = (digits: string): string => String(Math.round(Number(digits) * 10) / 10);

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (found) => ESCAPES[found] as string);
