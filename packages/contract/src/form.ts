import type { z } from 'zod'

/** A multipart body: a file, and parts of text. */
export interface Form {
  /** Its name in the documents. */
  readonly id: string
  readonly file: FormFile
  readonly parts: Readonly<Record<string, FormPart>>
}

export interface FormFile {
  /** The name of its multipart field. */
  readonly name: string
  readonly description: string
  readonly maxBytes: number
  /** Other parts may be there instead. */
  readonly required?: false
}

export interface FormPart {
  readonly schema: z.ZodType
  readonly isJson?: true
  readonly required?: true
}
