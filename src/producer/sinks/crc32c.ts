/** CRC-32C (Castagnoli), which Kafka checks every batch with, eight bytes at a time ("slicing by 8"). Node has only the other CRC-32. */

/** The polynomial 0x1EDC6F41, its bits turned round. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

/** `TABLES[256 * s + b]`: what a byte `b` that is `s` bytes ahead does to the remainder. */
const TABLES = new Int32Array(256 * SLICES);
const table = (entry: number): number => TABLES[entry] as number;
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  TABLES[byte] = crc;
}
for (let entry = 256; entry < TABLES.length; entry++) {
  const shorter = table(entry - 256);
  TABLES[entry] = table(shorter & 0xff) ^ (shorter >>> 8);
}

/** Of `bytes` from `start` to `end`, as an unsigned number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = -1;
  let at = start;
  for (const last = end - SLICES; at <= last; at += SLICES) {
    const near = crc ^ view.getInt32(at, true);
    const far = view.getInt32(at + 4, true);
    crc =
      table(1792 + (near & 0xff)) ^
      table(1536 + ((near >>> 8) & 0xff)) ^
      table(1280 + ((near >>> 16) & 0xff)) ^
      table(1024 + (near >>> 24)) ^
      table(768 + (far & 0xff)) ^
      table(512 + ((far >>> 8) & 0xff)) ^
      table(256 + ((far >>> 16) & 0xff)) ^
      table(far >>> 24);
  }
  for (; at < end; at++) crc = table((crc ^ view.getUint8(at)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}
