import type { Form } from '../form.ts'
import { limits } from '../limits.ts'
import type { Operation } from '../operation.ts'
import type { DocumentSchemas, JsonSchema } from './schemas.ts'

interface MediaType {
  readonly schema: JsonSchema
  readonly example?: unknown
  readonly encoding?: Readonly<Record<string, { readonly contentType: string }>>
}

export interface RequestBodyObject {
  readonly required: boolean
  readonly content: Readonly<Record<string, MediaType>>
}

const binary = { type: 'string', format: 'binary' }

export function requestBodyOf({ body }: Operation, schemas: DocumentSchemas): RequestBodyObject | undefined {
  if (!body) return undefined
  const { json, form, pem, any, required = true, example } = body
  return {
    required,
    content: {
      ...(pem && {
        'application/x-pem-file': {
          schema: { type: 'string', maxLength: limits.file },
          example: '-----BEGIN CERTIFICATE-----\n...',
        },
      }),
      ...(json && {
        'application/json': { schema: schemas.ofRequest(json), ...(example !== undefined && { example }) },
      }),
      ...(form && { 'multipart/form-data': formType(form, schemas) }),
      ...(any && { '*/*': { schema: binary } }),
    },
  }
}

function formType({ id, file, parts }: Form, schemas: DocumentSchemas): MediaType {
  const names = Object.entries(parts)
  const required = [
    ...((file.required ?? true) ? [file.name] : []),
    ...names.flatMap(([name, part]) => (part.required ? [name] : [])),
  ]
  return {
    schema: schemas.named(id, {
      type: 'object',
      additionalProperties: false,
      ...(required.length > 0 ? { required } : { minProperties: 1 }),
      properties: {
        [file.name]: { ...binary, description: `${file.description}, at most ${file.maxBytes} bytes` },
        ...Object.fromEntries(names.map(([name, { schema }]) => [name, schemas.ofRequest(schema)])),
      },
    }),
    encoding: Object.fromEntries(
      names.flatMap(([name, { isJson }]) => (isJson ? [[name, { contentType: 'application/json' }]] : [])),
    ),
  }
}
