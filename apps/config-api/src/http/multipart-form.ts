import type { Form } from '@mtls-gateway/contract'
import { CodedError, limitExceeded } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, watchPace } from '@mtls-gateway/service-kit'
import { noteBody } from '../idempotency/idempotency-mark.ts'

const maxFieldBytes = 1024 * 1024
const maxFields = 3

export class MultipartForm {
  readonly file: Uint8Array
  readonly #fields: ReadonlyMap<string, string>

  constructor(file: Uint8Array, fields: ReadonlyMap<string, string>) {
    this.file = file
    this.#fields = fields
  }

  text(name: string): string | undefined {
    return this.#fields.get(name)
  }

  /** @throws CodedError `MALFORMED_MULTIPART` where the part is missing or no JSON */
  json(name: string): unknown {
    const text = this.text(name)
    if (text === undefined) throw malformed(`The part "${name}" is missing.`)
    try {
      return JSON.parse(text)
    } catch (cause) {
      // JSON.parse quotes its input, which may hold a password: the cause is told to nobody.
      throw malformed(`The part "${name}" is not JSON.`, cause instanceof SyntaxError ? undefined : cause)
    }
  }
}

/**
 * Reads a multipart body whole; parts are bounded before they are kept. A part of a JSON type is handed over compact.
 * @throws CodedError `UNSUPPORTED_MEDIA_TYPE`, `MALFORMED_MULTIPART`, `LIMIT_EXCEEDED`
 */
export async function readForm(request: AuthenticatedRequest, form: Form): Promise<MultipartForm> {
  if (!request.isMultipart()) {
    throw new CodedError('UNSUPPORTED_MEDIA_TYPE', 'Send this as multipart/form-data.')
  }
  const { file, fields } = await readParts(request, form).catch((error: unknown) => refuseFile(form, error))
  if (!file) throw malformed(`The part "${form.file.name}" is missing.`)
  const names = Object.keys(form.parts)
  const stranger = [...fields.keys()].find((name) => !names.includes(name))
  if (stranger !== undefined) throw malformed(`There is no part "${stranger}" here; send ${names.join(', ')}.`)
  noteBody(request, file, JSON.stringify([...fields].sort()))
  return new MultipartForm(file, fields)
}

interface Parts {
  readonly file: Uint8Array | undefined
  readonly fields: ReadonlyMap<string, string>
}

async function readParts(request: AuthenticatedRequest, form: Form): Promise<Parts> {
  let file: Uint8Array | undefined
  const fields = new Map<string, string>()
  const endWatch = watchPace(request.raw, (error) => request.raw.destroy(error))
  const limits = { fileSize: form.file.maxBytes, fieldSize: maxFieldBytes, files: 2, fields: maxFields }
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type === 'file' && part.fieldname === form.file.name) {
        if (file) throw malformed(`The part "${form.file.name}" is there twice.`)
        file = await part.toBuffer()
      } else if (part.type === 'file') {
        // A JSON part may come with a file name or a type of its own: clients differ.
        addField(fields, part.fieldname, (await part.toBuffer()).toString('utf8'))
      } else {
        if (part.valueTruncated) throw limitExceeded(part.fieldname, maxFieldBytes, 'bytes (1 MiB)')
        addField(fields, part.fieldname, typeof part.value === 'string' ? part.value : JSON.stringify(part.value))
      }
    }
  } finally {
    endWatch()
  }
  return { file, fields }
}

function addField(fields: Map<string, string>, name: string, value: string): void {
  if (fields.has(name)) throw malformed(`The part "${name}" is there twice.`)
  fields.set(name, value)
}

/** The plugin reports a file that is too large while reading it or only at the next part, as its bytes arrive. */
function refuseFile({ file: { name, maxBytes } }: Form, error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === 'FST_REQ_FILE_TOO_LARGE') {
    throw limitExceeded(name, maxBytes, `bytes (${maxBytes / 1024} KiB)`)
  }
  throw error
}

function malformed(message: string, cause?: unknown): CodedError {
  return new CodedError('MALFORMED_MULTIPART', message, { cause })
}
