import { registerHooks } from 'node:module';
import { type Mistake, plant } from '../mutants/plant.ts';

/** Makes a mistake in one file of the product as it is loaded; nothing on the disk changes. */
export function mutate(mistake: Mistake): void {
  const target = new URL(`../../lib/${mistake.file}`, import.meta.url).href;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      return url === target ? { ...loaded, source: plant(mistake, String(loaded.source)) } : loaded;
    },
  });
}
