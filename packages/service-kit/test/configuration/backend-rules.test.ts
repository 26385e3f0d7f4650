import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { commonRules, commonSettings, type Environment, parseConfiguration } from '../../src/index.ts'

const settings = commonSettings('TEST', { service: 8_080, management: 9_080 })

const vault: Environment = {
  SECRET_STORE: 'vault',
  VAULT_ADDR: 'https://vault.example:8200',
  VAULT_TOKEN: 'canary-token',
  REDIS_URL: 'redis://user:canary-password@redis.example',
  INTROSPECTION_URL: 'https://login.example/introspect',
  INTROSPECTION_CLIENT_ID: 'id',
  INTROSPECTION_CLIENT_SECRET: 'canary-client',
}

const noIntrospection: Environment = {
  INTROSPECTION_URL: '',
  INTROSPECTION_CLIENT_ID: '',
  INTROSPECTION_CLIENT_SECRET: '',
}
const redis: Environment = { REDIS_URL: 'redis://redis.example' }
/** Any file will do. */
const file = fileURLToPath(import.meta.url)

function faultsOf(environment: Environment): readonly string[] {
  try {
    parseConfiguration(settings, environment, commonRules(settings))
    return []
  } catch (error) {
    const { details } = error as { details: { faults: { variable: string }[] } }
    expect(JSON.stringify([String(error), details])).not.toContain('canary')
    return details.faults.map(({ variable }) => variable)
  }
}

describe('the backends', () => {
  it.each([
    ['embedded alone', {}],
    ['embedded with Redis', { REDIS_URL: 'redis://localhost:6379' }],
    ['Vault with Redis', vault],
    ['Redis with a password in a file', { ...redis, REDIS_PASSWORD_FILE: file, REDIS_USERNAME: 'u' }],
    ['Redis with a user in the url and a password in a file', { REDIS_URL: 'redis://u@h', REDIS_PASSWORD_FILE: file }],
    ['Vault with a file of token issuers', { ...vault, ...noIntrospection, TOKEN_ISSUERS_FILE: file }],
    ['Vault without Redis for one instance', { ...vault, REDIS_URL: '', SINGLE_INSTANCE: 'true' }],
  ])('may be %s', (_, environment) => {
    expect(faultsOf(environment)).toEqual([])
  })

  it.each([
    ['Vault without Redis', { ...vault, REDIS_URL: '' }, ['REDIS_URL']],
    ['Vault without an address', { ...vault, VAULT_ADDR: '' }, ['VAULT_ADDR']],
    ['Vault without a login', { ...vault, VAULT_TOKEN: '' }, ['VAULT_ROLE_ID']],
    ['Vault with two logins', { ...vault, VAULT_ROLE_ID: 'x' }, ['VAULT_ROLE_ID']],
    ['an AppRole without its secret id', { ...vault, VAULT_TOKEN: '', VAULT_ROLE_ID: 'x' }, ['VAULT_SECRET_ID_FILE']],
    ['Vault with the embedded issuer', { ...vault, ...noIntrospection }, ['TOKEN_ISSUER']],
    ['two passwords for Redis', { ...vault, REDIS_PASSWORD_FILE: file }, ['REDIS_URL']],
    [
      'two users for Redis',
      { REDIS_URL: 'redis://u@h', REDIS_USERNAME: 'u', REDIS_PASSWORD_FILE: file },
      ['REDIS_URL'],
    ],
    ['a Redis user without a password', { ...redis, REDIS_USERNAME: 'u' }, ['REDIS_PASSWORD_FILE']],
    ['a user of sentinels without', { REDIS_SENTINEL_USERNAME: 'u' }, ['REDIS_SENTINEL_PASSWORD_FILE']],
    ['a password file that is not there', { ...redis, REDIS_PASSWORD_FILE: '/no' }, ['REDIS_PASSWORD_FILE']],
    ['a restore of the store that goes unnoticed for long', { STORE_EPOCH_TTL: '301s' }, ['STORE_EPOCH_TTL']],
    ['a store that is read all the time', { STORE_EPOCH_TTL: '0' }, ['STORE_EPOCH_TTL']],
    ['a wait for Redis without end', { ...redis, REDIS_TIMEOUT: '31s' }, ['REDIS_TIMEOUT']],
    ['no wait for Redis at all', { ...redis, REDIS_TIMEOUT: '0' }, ['REDIS_TIMEOUT']],
    ['a Redis url of another kind', { REDIS_URL: 'http://localhost' }, ['REDIS_URL']],
  ])('may not be %s', (_, environment, variables) => {
    expect(faultsOf(environment)).toEqual(variables)
  })

  it('are told with all their faults at once', () => {
    expect(faultsOf({ SECRET_STORE: 'vault' })).toEqual(['VAULT_ADDR', 'VAULT_ROLE_ID', 'REDIS_URL', 'TOKEN_ISSUER'])
  })
})
