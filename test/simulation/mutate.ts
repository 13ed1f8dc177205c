import { registerHooks } from 'node:module';
import type { Mutation } from './mutations.ts';

/**
 * Makes a mistake in one file of the product as it is loaded; nothing on the disk changes.
 *
 * @throws Error when the file has no such place, or has it more than once.
 */
export function mutate({ name, file, find, replace }: Mutation): void {
  const target = new URL(`../../lib/${file}`, import.meta.url).href;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (url !== target) return loaded;
      const parts = String(loaded.source).split(find);
      if (parts.length !== 2)
        throw new Error(`${name}: lib/${file} holds "${find}" ${parts.length - 1} times`);
      return { ...loaded, source: parts.join(replace) };
    },
  });
}
