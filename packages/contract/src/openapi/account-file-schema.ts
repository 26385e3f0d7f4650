import { z } from 'zod'
import { documentRequest } from '../schemas/document.ts'

type Schema = Record<string, unknown>

/** A secret in a file: where the machine of the user finds it. */
const secretReference = {
  description: 'Where `mtls` reads the secret: an environment variable, a file, or a field of a record in Vault',
  oneOf: [
    referenceBy('env', { description: 'Name of an environment variable' }),
    referenceBy('file', { description: 'Path of a file, relative to the document' }),
    referenceBy('vault', {
      description: 'Path and field of a record in a KV engine, read by VAULT_ADDR and VAULT_TOKEN',
      pattern: '^[^#]+#[^#]+$',
      examples: ['kv/data/bank#secret'],
    }),
  ],
}

function referenceBy(kind: string, text: Schema): Schema {
  return {
    type: 'object',
    properties: { [kind]: { type: 'string', minLength: 1, ...text } },
    required: [kind],
    additionalProperties: false,
  }
}

/**
 * The JSON Schema of a document in a file, for editors: that of the API, but that secrets are referred to, and that
 * nothing is taken which has no name.
 */
export function accountFileSchemaText(): string {
  const { $schema, ...schema } = z.toJSONSchema(documentRequest, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => inFile(jsonSchema),
  })
  const named = { $schema, title: 'Account of the mTLS gateway', ...schema }
  return `${JSON.stringify(named, undefined, 2)}\n`
}

function inFile(schema: Schema): void {
  delete schema.propertyNames
  if (typeof schema.properties !== 'object' || schema.properties === null) return
  schema.additionalProperties = false
  const properties: Schema = { ...schema.properties }
  if ('secret' in properties) schema.properties = { ...properties, secret: secretReference }
}
