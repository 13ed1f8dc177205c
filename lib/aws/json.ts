/** The fields of a JSON object; undefined when the text holds none. The parser's own error would quote the text. */
export function fieldsIn(text: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? { ...read } : undefined;
  } catch {
    return undefined;
  }
}
