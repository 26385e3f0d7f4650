import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { accountFileSchemaText } from '../src/openapi/account-file-schema.ts'

const schema = z.fromJSONSchema(JSON.parse(accountFileSchemaText()))

const mappingWith = (fields: object) => ({
  mappings: { m1: { service: 'IDP', url: 'https://bank.example/', ...fields } },
})
const authWith = (secret: unknown) =>
  mappingWith({ targetAuth: { type: 'headers', headers: [{ name: 'X-Key', secret }] } })

describe('the schema of an account in a file', () => {
  it.each([
    {},
    { account: 'le123', certificates: { a: {}, b: { plan: { profile: 'internal', promote: 'eachTarget' } } } },
    { trusts: { 'bank-ca': { caCertificates: 'PEM' } }, settings: { unmappedCalls: 'refuse' } },
    { settings: { approvals: { actions: ['promote'], approvers: ['https://login.example#bob'], expiresAfter: '3d' } } },
    { settings: { approvals: null } },
    mappingWith({ certificate: 'a', trust: null, targetTls: { minVersion: '1.2' }, was: 'm0' }),
    authWith({ env: 'KEY' }),
    authWith({ file: '/run/secrets/key' }),
    authWith({ vault: 'kv/data/bank#key' }),
    mappingWith({ targetAuth: { type: 'oauth2', clientId: 'c', secret: { env: 'KEY' } } }),
  ])('takes %j', (document) => {
    expect(schema.safeParse(document)).toMatchObject({ success: true })
  })

  it.each([
    { unknown: 1 },
    { settings: { webhook: { url: 'https://hooks.example/' } } },
    { settings: { approvals: { actions: ['promote'], expires: '3d' } } },
    mappingWith({ urk: 1 }),
    mappingWith({ targetTls: { minVersion: 1.2 } }),
    mappingWith({ targetAuth: { type: 'oauth2', secret: 'literal' } }),
    mappingWith({ targetAuth: { type: 'oauth2', hasSecret: true } }),
    authWith('literal'),
    authWith({ env: 'KEY', file: 'key' }),
    authWith({ vault: 'kv/data/bank' }),
    { certificates: { a: { plan: { profile: 'internal', promot: 'auto' } } } },
  ])('refuses %j', (document) => {
    expect(schema.safeParse(document)).toMatchObject({ success: false })
  })
})
