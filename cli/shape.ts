/** Whether a value that came over the wire has the form that a command reads. */
export type Shape = (value: unknown) => boolean;

/** Any text, the empty one too. */
export const text: Shape = (value) => typeof value === 'string';
/** Any number. */
export const number: Shape = (value) => typeof value === 'number';
/** True or false. */
export const flag: Shape = (value) => typeof value === 'boolean';

/** This very value, and no other. */
export function is(wanted: string | null): Shape {
  return (value) => value === wanted;
}

/** Also when it is left out. */
export function optional(shape: Shape): Shape {
  return (value) => value === undefined || shape(value);
}

/** One of two forms. */
export function either(one: Shape, other: Shape): Shape {
  return (value) => one(value) || other(value);
}

/** A list, of which every item has the form. */
export function listOf(item: Shape): Shape {
  return (value) => Array.isArray(value) && value.every(item);
}

/** An object with every field of `T`; it may have more, as a newer Deskbell may send them. */
export function object<T>(fields: Readonly<Record<keyof T & string, Shape>>): Shape {
  const shapes = Object.entries<Shape>(fields);
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    shapes.every(([name, shape]) => shape((value as Readonly<Record<string, unknown>>)[name]));
}
