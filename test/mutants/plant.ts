/** A mistake in the product, made in one place of one file. */
export type Mistake = {
  /** What is wrong with it. */
  readonly name: string;
  /** Under `lib/`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
};

/**
 * The source with the mistake in it.
 *
 * @throws Error when the source has no such place, or has it more than once.
 */
export function plant({ name, file, find, replace }: Mistake, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${name}: lib/${file} holds "${find}" ${parts.length - 1} times`);
  return parts.join(replace);
}
