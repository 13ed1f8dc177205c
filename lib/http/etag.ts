import { InvalidInputError } from '../domain/codes/errors.ts';
import { problem } from '../domain/codes/problems.ts';
import type { RevisionCondition } from '../usecases/changes/act.ts';

/** The header of an answer that says which state of the item it shows. */
export function etagOf(state: number): { ETag: string } {
  return { ETag: `"${state}"` };
}

const etag = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const listPattern = new RegExp(String.raw`^\s*${etag}(?:\s*,\s*${etag})*\s*$`);

/**
 * Which revisions the header `If-Match` lets a change meet.
 *
 * A weak ETag matches nothing (RFC 9110, 13.1.1), and neither does one that is no revision.
 *
 * @throws InvalidInputError when it is neither `*` nor a list of ETags.
 */
export function readIfMatch(header: string | undefined): RevisionCondition | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return 'any';
  if (!listPattern.test(header)) throw new InvalidInputError([problem('If-Match', 'bad_etag', {})]);
  return Array.from(header.matchAll(/(W\/)?"(\d{1,15})"/g)).flatMap(([, weak, rev]) =>
    weak === undefined ? Number(rev) : [],
  );
}
