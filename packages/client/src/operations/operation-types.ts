import type { Form, Operation, RequestBody, SentAs, WireOf } from '@mtls-gateway/contract'

/** What a request of an operation is made of and what comes back, as its entry in the contract has it. */

type Schema = NonNullable<RequestBody['json']>

type Simplified<T> = { [Key in keyof T]: T[Key] }

/** The names in braces; the account is the client's own. */
type ParameterOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Exclude<Name, 'accountId'> | ParameterOf<Rest>
  : never

type PathOf<O extends Operation> = { readonly [Name in ParameterOf<O['path']>]: string | number }

type QueryOf<O> = O extends { readonly query: infer Query extends Schema }
  ? Partial<SentAs<Query>> extends SentAs<Query>
    ? { readonly query?: SentAs<Query> | undefined }
    : { readonly query: SentAs<Query> }
  : unknown

type HeadersOf<O> = O extends { readonly headers: infer Fields }
  ? { readonly headers?: { readonly [Name in keyof Fields]?: string | undefined } | undefined }
  : unknown

type JsonOf<Body> = Body extends { readonly json: infer Json extends Schema }
  ? Body extends { readonly required: false }
    ? { readonly body?: SentAs<Json> | undefined }
    : { readonly body: SentAs<Json> }
  : never

type PartOf<Part> = Part extends { readonly schema: infer Content extends Schema } ? SentAs<Content> : never

type SentFile<File extends Form['file']> = File extends { readonly required: false }
  ? { readonly [Name in File['name']]?: Blob | undefined }
  : { readonly [Name in File['name']]: Blob }

type SentForm<F extends Form> = SentFile<F['file']> & {
  readonly [Name in keyof F['parts'] as F['parts'][Name] extends { readonly required: true } ? Name : never]: PartOf<
    F['parts'][Name]
  >
} & {
  readonly [Name in keyof F['parts'] as F['parts'][Name] extends { readonly required: true } ? never : Name]?:
    | PartOf<F['parts'][Name]>
    | undefined
}

type FormOf<Body> = Body extends { readonly form: infer F extends Form }
  ? { readonly form: Simplified<SentForm<F>> }
  : never

type PemOf<Body> = Body extends { readonly pem: true } ? { readonly pem: string } : never

type BodyOf<O> = O extends { readonly body: infer Body } ? JsonOf<Body> | FormOf<Body> | PemOf<Body> : unknown

/** A change may depend on an `ETag`: it is made only while that is still the current one. Null: as an answer has it. */
type ConditionOf<O> = O extends { readonly changes: true } ? { readonly ifMatch?: string | null | undefined } : unknown

type Everywhere = { readonly signal?: AbortSignal | undefined }

/** All that a request has but its `Idempotency-Key`. */
export type RequestOf<O extends Operation> = PathOf<O> &
  QueryOf<O> &
  HeadersOf<O> &
  BodyOf<O> &
  ConditionOf<O> &
  Everywhere

type Good<O extends Operation> = O['answers'][keyof O['answers'] & (200 | 201)]

/** What an operation answers when it is done. */
export type AnswerBodyOf<O extends Operation> =
  Good<O> extends { readonly json: infer Json extends Schema } ? WireOf<Json> : string

/** What the same request may get when it comes again, with the same `Idempotency-Key`. */
export type RepeatedBodyOf<O extends Operation> =
  Good<O> extends { readonly repeated: infer Json extends Schema } ? WireOf<Json> : never
