export type JsonObject = Readonly<Record<string, unknown>>;

/** What a body says; undefined for one that is not JSON. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}

/** A field that may be a text or a number, as a text; undefined when it is neither, or empty. */
export function textIn(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberIn(object: JsonObject, name: string): number | undefined {
  const value = object[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The objects of a list; members of another kind are left out. Undefined when the field is no list. */
export function objectsIn(object: JsonObject, name: string): JsonObject[] | undefined {
  const value = object[name];
  return Array.isArray(value) ? value.filter(isJsonObject) : undefined;
}

/** The first thing that `pick` finds in a value or, at most eight levels deep, inside it. */
export function findIn<T>(
  value: unknown,
  pick: (object: JsonObject) => T | undefined,
  levels = 8,
): T | undefined {
  if (!isJsonObject(value) || levels === 0) return undefined;
  const picked = pick(value);
  if (picked !== undefined) return picked;
  for (const inner of Object.values(value)) {
    const found = findIn(inner, pick, levels - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
