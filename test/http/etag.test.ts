import fc from 'fast-check';
import { expect, it } from 'vitest';
import { etagOf, readIfMatch } from '../../lib/http/etag.ts';

it('meets the revision of the ETag that was answered, alone or in any list', () => {
  const rev = fc.nat();
  fc.assert(
    fc.property(rev, fc.array(rev), fc.constantFrom(',', ', ', ' ,\t'), (mine, others, comma) => {
      const list = [...others, mine].map((each) => etagOf(each).ETag).join(comma);
      expect(readIfMatch(list)).toContain(mine);
    }),
  );
});

it('lets everything pass where no header was sent', () => {
  expect(readIfMatch(undefined)).toBeUndefined();
});
