/** How the database, its head and the file beside it fail to match. */
export type Mismatch =
  | 'rows'
  | 'no-store'
  | 'older-database'
  | 'older-file'
  | 'other-store'
  | 'no-head'
  | 'damaged-head'
  | 'no-file'
  | 'damaged-file'

/** About a store's head. */
export type HeadEvent =
  /** The operator has accepted what was found. */
  | { readonly kind: 'accepted'; readonly secrets: number; readonly mismatch: Mismatch }
  /** Found while the store was open, which refuses to work from now on. */
  | { readonly kind: 'mismatch'; readonly mismatch: Mismatch }

/** What an operator wants to know of an embedded store: for the log. */
export type StoreEvent =
  | HeadEvent
  /** `master.key` may be read or written by others than its owner. */
  | { readonly kind: 'key-exposed'; readonly path: string; readonly mode: string }
  /** The disk takes no writes. Told for each write, until one succeeds. */
  | { readonly kind: 'write-failed'; readonly cause: string; readonly freeBytes: number | undefined }
  /** It takes them again. */
  | { readonly kind: 'writable' }
