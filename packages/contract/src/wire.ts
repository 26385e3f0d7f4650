import type { z } from 'zod'

/** As JSON comes: to be read, not changed, and without fields that are undefined. */
type Wire<T> = T extends readonly (infer Entry)[]
  ? readonly Wire<Entry>[]
  : T extends object
    ? { readonly [Key in keyof T]: Wire<Exclude<T[Key], undefined>> }
    : T

type Unchanged<T> = T extends readonly (infer Entry)[]
  ? readonly Unchanged<Entry>[]
  : T extends object
    ? { readonly [Key in keyof T]: Unchanged<T[Key]> }
    : T

/** What a schema says that comes over the wire. */
export type WireOf<Schema extends z.ZodType> = Wire<z.output<Schema>>

/** What a schema lets a client send; JSON leaves out what is undefined. */
export type SentAs<Schema extends z.ZodType> = Unchanged<z.input<Schema>>
