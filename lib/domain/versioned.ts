/**
 * An item that is changed only on the condition that nobody changed it since it was read.
 *
 * `version` counts the writes, from 1. `writeId` names the last of them, so that a writer whose answer was
 * lost can read back whether the stored write is its own.
 */
export type Versioned = { readonly version: number; readonly writeId: string };
