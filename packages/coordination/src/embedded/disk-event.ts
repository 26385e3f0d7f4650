/** Whether the disk of `runtime.db` takes writes: for the log. */
export type DiskEvent =
  /** Told for each write, until one succeeds. */
  | { readonly kind: 'write-failed'; readonly cause: string }
  /** It takes them again. */
  | { readonly kind: 'writable' }
