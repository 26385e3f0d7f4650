import { describe, expect, it } from '@jest/globals'
import { errorCodes } from '@mtls-gateway/domain'
import { Validator } from '@seriousme/openapi-schema-validator'
import { configApi, forwarderApi, problemCodes } from '../src/index.ts'
import { openApiDocument } from '../src/openapi/index.ts'
import type { JsonSchema } from '../src/openapi/schemas.ts'
import { sentName, sentUrl } from '../src/schemas/fields.ts'

const services = [configApi, forwarderApi].map((contract) => {
  const document = openApiDocument(contract)
  return { name: contract.name, contract, document, text: JSON.stringify(document) }
})

function pattern(schema: typeof sentName): string {
  return String(schema.meta()?.pattern)
}

/** Everything in a document that has this key, wherever it stands. */
function valuesOf(key: string, within: unknown): readonly unknown[] {
  if (typeof within !== 'object' || within === null) return []
  return Object.entries(within).flatMap(([name, value]) => [...(name === key ? [value] : []), ...valuesOf(key, value)])
}

/** Whether a schema takes lists, texts or sets of members of any size. */
function isUnbounded(value: object): boolean {
  const schema: JsonSchema = { ...value }
  const { additionalProperties = false, maxLength, enum: choices, format, pattern = '*' } = schema
  if (schema.items !== undefined) return schema.maxItems === undefined
  if (additionalProperties !== false) return schema.maxProperties === undefined
  if (![schema.type].flat().includes('string')) return false
  // What repeats in a pattern, outside of its sets of characters.
  const repeats = /[*+]|,\}/.test(String(pattern).replaceAll(/\[[^\]]*\]/g, ''))
  return (maxLength ?? choices) === undefined && repeats && !['binary', 'date-time'].includes(String(format))
}

describe.each(services)('the document of $name', ({ contract, document, text }) => {
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item))

  it('is valid OpenAPI 3.1', async () => {
    expect(await new Validator().validate(JSON.parse(text))).toEqual({ valid: true })
  })

  it('is the same each time, and changes nothing of the contract', () => {
    expect(JSON.stringify(openApiDocument(contract))).toBe(text)
  })

  it('names each operation once, and says what it does', () => {
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { operationId, summary } of operations) {
      expect(operationId).toMatch(/^[a-z][A-Za-z0-9]+$/)
      expect(summary).toMatch(/^\w+ .*\w$/)
    }
  })

  it('has an answer with a schema for each, and problems by code', () => {
    for (const { operationId, responses } of operations) {
      const good = Object.entries(responses).filter(([status]) => status.startsWith('2'))
      // What is ordered is there at once, or comes later; other changes may wait for the word of a second person.
      const most = '202' in responses ? 2 : 1
      expect([operationId, good.length]).toEqual([operationId, most])
      for (const [, { content = {} }] of good) expect(Object.keys(content)).not.toEqual([])
      const codes = Object.values(responses).flatMap(
        ({ description }) => description.match(/[A-Z]{2,}_[A-Z_0-9]+/g) ?? [],
      )
      expect([operationId, codes]).toEqual([operationId, expect.arrayContaining(['INTERNAL_ERROR'])])
    }
  })

  it('bounds every list, text and set of members that clients send, so that nothing is checked for long', () => {
    /** @param within names of the schemas that it is part of */
    const unbounded = (value: unknown, path: string, within: readonly string[]): readonly string[] => {
      if (typeof value !== 'object' || value === null) return []
      const name = '$ref' in value ? String(value.$ref).split('/').at(-1) : undefined
      if (name !== undefined && !within.includes(name)) {
        return unbounded(document.components.schemas[name], name, [...within, name])
      }
      return [
        ...(isUnbounded(value) ? [path] : []),
        ...Object.entries(value).flatMap(([field, part]) => unbounded(part, `${path}.${field}`, within)),
      ]
    }
    const found = operations.flatMap(({ operationId, requestBody }) =>
      Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => unbounded(schema, operationId, [])),
    )
    expect([...new Set(found)]).toEqual([])
  })

  it('refers to nothing that it does not have, and has nothing that nobody refers to', () => {
    const referred = new Set(valuesOf('$ref', document))
    const { schemas, parameters, headers } = document.components
    const there = Object.entries({ schemas, parameters, headers }).flatMap(([kind, components]) =>
      Object.keys(components).map((name) => `#/components/${kind}/${name}`),
    )
    expect([...referred].sort()).toEqual(there.sort())
  })

  it('has patterns that other languages read', () => {
    const patterns = new Set(valuesOf('pattern', document))
    for (const pattern of patterns) {
      expect(pattern).toMatch(/^\^.*\$$/s)
      // No look-around, and no escape that means something else, or nothing, in Python, Java or Go.
      expect(pattern).not.toMatch(/\(\?|\\[bBdDkpPsSuUwW1-9]/)
    }
  })

  it('has names for schemas that generated clients can have as well', () => {
    const names = Object.keys(document.components.schemas)
    // In Go, NewMapping is what makes a Mapping.
    expect(names.filter((name) => names.includes(name.replace(/^New/, '')) && /^New/.test(name))).toEqual([])
    const inline = valuesOf('properties', document.components.schemas).flatMap((properties) => {
      const all = Object.entries(properties as Record<string, JsonSchema>)
      return all.filter(([, { properties, items }]) => properties ?? (items as JsonSchema | undefined)?.properties)
    })
    expect(inline.map(([name]) => name)).toEqual([])
  })

  it('has ids of 64 bits', () => {
    const inPaths = operations
      .flatMap(({ parameters }) => parameters.flatMap((parameter) => ('in' in parameter ? [parameter] : [])))
      .filter(({ name }) => ['certificateId', 'mappingId'].includes(name))
      .map(({ schema }) => schema)
    const inAnswers = Object.entries(document.components.schemas)
      // That of a service is its number as a string, as mappings have it; those of invitations, handovers, notices and
      // requests for approval are random, and that of an authority is in a certificate.
      .filter(
        ([name]) =>
          !/^(Service|\w*Invitation|\w*Handover|Notice(Request)?|ApprovalRequest|PaymentAuthority)$/.test(name),
      )
      .flatMap(([, { properties }]) => (properties as { id?: object } | undefined)?.id ?? [])
      .filter((id) => !('$ref' in id))
    const sent = document.components.schemas.SentId?.anyOf as readonly { type: string }[] | undefined
    for (const schema of [...inPaths, ...inAnswers, ...(sent?.filter(({ type }) => type !== 'string') ?? [])]) {
      expect(schema).toMatchObject({ type: 'integer', format: 'int64' })
    }
  })

  it('says of every number in a query how large it may be', () => {
    const inQueries = operations
      .flatMap(({ parameters }) => parameters.flatMap((parameter) => ('in' in parameter ? [parameter] : [])))
      .filter((parameter) => parameter.in === 'query' && parameter.schema.type === 'integer')
    expect(inQueries.filter(({ schema }) => schema.maximum === undefined)).toEqual([])
  })
})

describe('both documents', () => {
  it('tell of every code that a request can meet', () => {
    const told = new Set(services.flatMap(({ contract }) => Object.values(contract.operations).flatMap(problemCodes)))
    const elsewhere = [
      // where there is no operation
      'METHOD_NOT_ALLOWED',
      // the console's own, which is no part of the contract
      'SESSION_REQUIRED',
      'SESSION_EXPIRED',
      'SESSION_REVOKED',
      'SESSION_UNREADABLE',
      'SESSION_REFRESHING',
      'SESSION_TOO_LARGE',
      'CONSOLE_HEADER_MISSING',
      'SIGN_IN_CODE_INVALID',
      'SIGN_IN_EXPIRED',
      'SIGN_IN_REFUSED',
      'IDENTITY_PROVIDER_UNAVAILABLE',
      'CONFIG_API_UNAVAILABLE',
      'FORWARDER_API_UNAVAILABLE',
      // at start
      'CONFIGURATION_INVALID',
      'MASTER_KEY_WRONG',
      'STORE_HEAD_MISMATCH',
      'STORE_MISSING',
      'PORT_IN_USE',
      'NODE_UNSUPPORTED',
    ]
    expect(errorCodes.filter((code) => !told.has(code))).toEqual(elsewhere)
  })

  it('have file fields, PEM bodies, and the header fields of changes', () => {
    const [config] = services
    const of = (path: string, method: string) => config?.document.paths[path]?.[method]
    const certificates = '/mtls/account/{accountId}/certificates'
    expect(config?.document.components.schemas.CertificateFormToCreate).toMatchObject({
      required: ['file', 'certificate'],
      additionalProperties: false,
      properties: { file: { type: 'string', format: 'binary' }, certificate: { $ref: expect.any(String) } },
    })
    expect(of(`${certificates}/by-file`, 'post')?.requestBody?.content['multipart/form-data']).toMatchObject({
      schema: { $ref: '#/components/schemas/CertificateFormToCreate' },
      encoding: { certificate: { contentType: 'application/json' } },
    })
    const signed = of(`${certificates}/{certificateId}/signed-certificate`, 'put')
    expect(Object.keys(signed?.requestBody?.content ?? {})).toEqual(['application/x-pem-file', 'application/json'])
    expect(signed?.parameters).toEqual(
      expect.arrayContaining([
        { $ref: '#/components/parameters/If-Match' },
        { $ref: '#/components/parameters/Idempotency-Key' },
      ]),
    )
    expect(of(certificates, 'get')?.responses['200']?.headers).toHaveProperty('Link')
  })

  it('say what a request needs where a zod schema leaves it to the domain', () => {
    const { schemas } = services[0]?.document.components ?? {}
    const either = {
      if: { required: ['p12'] },
      else: { required: ['certificate', 'privateKey'] },
    }
    expect(schemas?.CertificateToCreate).toMatchObject({ required: ['name'], ...either })
    expect(schemas?.CertificateToReplace).toMatchObject({ required: ['id'], ...either })
    expect(schemas?.CertificatePartToCreate).toMatchObject({ required: ['name'] })
    expect(schemas?.CertificatePartToReplace).toMatchObject({ required: ['id'] })
    // Beside `privateKey`, it would not compile in Go.
    expect(schemas?.CertificateToCreate?.properties).not.toHaveProperty('private_key')
    expect(schemas?.TestForm).not.toHaveProperty('required')
    expect(schemas?.RequestedSubject).toMatchObject({ minProperties: 1 })
    expect(schemas?.MappingToCreate?.properties).not.toHaveProperty('deleted')
  })

  it.each([
    ['a name', pattern(sentName), ['a', ' a ', '\u3000a'], ['', ' ', '\u3000', '\ufeff', ' \ufeff', '\u2028', 'a\nb']],
    ['a url', pattern(sentUrl), ['https://a.example/', 'HTTPS://a.example/*'], ['http://a.example/', 'https://a b/']],
  ])('have patterns that take what the domain takes: %s', (_, text, good, bad) => {
    const regex = new RegExp(text, 'u')
    expect([...good, ...bad].filter((sample) => regex.test(sample))).toEqual(good)
  })

  it('have the forward with every method, and the answers of targets', () => {
    const forward = services[1]?.document.paths['/mtls/account/{accountId}'] ?? {}
    expect(Object.keys(forward)).toEqual(['get', 'head', 'post', 'put', 'patch', 'delete'])
    for (const { responses } of Object.values(forward)) {
      expect(responses.default?.content).toHaveProperty('*/*')
      expect(responses['424']?.headers).toHaveProperty('LP-error-from-transport')
    }
  })
})
