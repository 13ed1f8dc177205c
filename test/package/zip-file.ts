import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/** The files of a zip archive, by name. */
export function filesIn(zip: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const method = zip.readUInt16LE(at + 10);
    const size = zip.readUInt32LE(at + 20);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      zip.readUInt16LE(at + offset),
    ) as [number, number, number];
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const content = zip.subarray(start, start + size);
    files.set(name, method === 0 ? content : inflateRawSync(content));
    at += 46 + nameLength + extraLength + commentLength;
  }
  return files;
}

/** Writes the files of a zip archive into a folder. */
export function unpackInto(folder: string, zip: Buffer): void {
  for (const [name, content] of filesIn(zip)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** The code that is loaded with a module: its own, and that of the files which it imports at once. */
export function codeLoadedWith(name: string, files: ReadonlyMap<string, Buffer>): string {
  const names = new Set([name]);
  const texts: string[] = [];
  // What is added while it goes round is visited as well.
  for (const each of names) {
    const text = files.get(each)?.toString();
    if (text === undefined) throw new Error(`there is no ${each} in the archive`);
    texts.push(text);
    for (const [, path = ''] of text.matchAll(/(?:from|\bimport) ?"(\.[^"]+)"/g))
      names.add(join(dirname(each), path));
  }
  return texts.join('\n');
}
