import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { configApi, forwarderApi } from '@mtls-gateway/contract'
import { accountFileSchemaText, openApiText } from '@mtls-gateway/contract/openapi'
import { root } from '../../support/entries.ts'

const services = [configApi, forwarderApi]

describe('docs/openapi', () => {
  it('has the documents of both services and nothing else', () => {
    expect(readdirSync(`${root}docs/openapi`).sort()).toEqual(services.map(({ name }) => `${name}.json`))
  })

  it.each(services)('is what `npm run openapi` writes: $name', (service) => {
    // Not toBe: the difference of two such texts takes Jest a minute.
    expect(readFileSync(`${root}docs/openapi/${service.name}.json`, 'utf8') === openApiText(service)).toBe(true)
  })
})

it('docs/schemas/account.schema.json is what `npm run openapi` writes', () => {
  expect(readFileSync(`${root}docs/schemas/account.schema.json`, 'utf8')).toBe(accountFileSchemaText())
})
