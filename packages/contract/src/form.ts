import type { z } from 'zod'

/** A multipart body: one file, and parts of text. */
export interface Form {
  readonly file: FormFile
  readonly parts: Readonly<Record<string, FormPart>>
}

export interface FormFile {
  /** The name of its multipart field. */
  readonly name: string
  readonly description: string
  readonly maxBytes: number
}

export interface FormPart {
  readonly schema: z.ZodType
  readonly isJson?: true
  readonly required?: true
}
