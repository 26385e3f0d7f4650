import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { issuersFile } from '../src/issuers-file.ts'
import { dataDirectory, repositoryRoot } from '../src/repository.ts'
import { consoleEnvironment, extraCas, serviceEnvironment } from '../src/service-environment.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const facts = { dataDir: '/data', targetPort: 45_678, extraCaFile: '/data/ca.pem', issuersFile: '/data/issuers.json' }

describe('the environment of the services', () => {
  it("is the user's, with what makes the demo target reachable", () => {
    const environment = serviceEnvironment({ CONFIG_API_PORT: '1234', MASTER_KEY: 'kept', DATA_DIR: 'data' }, facts)
    expect(environment).toMatchObject({
      CONFIG_API_PORT: '1234',
      MASTER_KEY: 'kept',
      DATA_DIR: '/data',
      TARGET_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
      TARGET_PORTS: '443,8443,45678',
      TARGET_EXTRA_CA_FILE: '/data/ca.pem',
      ISSUERS_FILE: '/data/issuers.json',
    })
  })

  it('keeps the ranges and ports that the user allows', () => {
    const allow = (user: NodeJS.ProcessEnv) => serviceEnvironment(user, facts)
    expect(allow({ TARGET_ALLOW_CIDRS: '10.0.0.0/8' }).TARGET_ALLOW_CIDRS).toBe('10.0.0.0/8,127.0.0.0/8,::1/128')
    expect(allow({ TARGET_PORTS: '9443' }).TARGET_PORTS).toBe('9443,45678')
    expect(allow({ TARGET_PORTS: 'any' }).TARGET_PORTS).toBe('any')
  })

  it('says where the console will be, for links to it, where that is known before it starts', () => {
    const url = (user: NodeJS.ProcessEnv) => serviceEnvironment(user, facts).CONSOLE_URL
    expect(url({})).toBe('http://127.0.0.1:8090')
    expect(url({ CONSOLE_PORT: '9000' })).toBe('http://127.0.0.1:9000')
    expect(url({ CONSOLE_PORT: '0' })).toBeUndefined()
    expect(url({ CONSOLE_HOST: '0.0.0.0', CONSOLE_PUBLIC_URL: 'https://demo.example' })).toBe('https://demo.example')
    expect(url({ CONSOLE_URL: 'https://console.example' })).toBe('https://console.example')
  })

  it('lets clients of the original API call, unless the user wants another compatibility', () => {
    const compatibility = (user: NodeJS.ProcessEnv) => serviceEnvironment(user, facts).COMPATIBILITY
    expect(compatibility({})).toBe('liveperson')
    expect(compatibility({ COMPATIBILITY: 'none' })).toBe('none')
  })

  it('has a log level that shows the line by which a service says that it listens', () => {
    const level = (LOG_LEVEL: string) => serviceEnvironment({ LOG_LEVEL }, facts).LOG_LEVEL
    expect(['silent', 'fatal', 'error', 'warn', 'info', 'debug'].map(level)).toEqual([
      ...['info', 'info', 'info', 'info'],
      ...['info', 'debug'],
    ])
  })

  it('leads the console to the config-api that was started, on a port of its own', () => {
    const environment = (user: NodeJS.ProcessEnv) =>
      consoleEnvironment(
        { DATA_DIR: '/data', ...user },
        { configApiUrl: 'http://127.0.0.1:1234', forwarderApiUrl: 'http://127.0.0.1:1235' },
      )
    expect(environment({})).toEqual({
      DATA_DIR: '/data',
      CONFIG_API_URL: 'http://127.0.0.1:1234',
      FORWARDER_URL: 'http://127.0.0.1:1235',
      FORWARDER_API_URL: 'http://127.0.0.1:1235',
    })
    expect(environment({ CONSOLE_PORT: '1' })).toMatchObject({ CONSOLE_PORT: '1' })
  })

  it("trusts the user's CAs beside the demo target's", async () => {
    const file = join(await temporaryDirectory(), 'own.pem')
    await writeFile(file, 'OWN')
    expect(await extraCas({}, 'DEMO\n')).toBe('DEMO\n')
    expect(await extraCas({ TARGET_EXTRA_CA_FILE: file }, 'DEMO\n')).toBe('OWN\nDEMO\n')
  })
})

describe('the issuers of the services', () => {
  const names = async (user: NodeJS.ProcessEnv) =>
    JSON.parse(await issuersFile(user)).profiles.map(({ name, kind }: Record<string, string>) => [name, kind])

  it("are the account's own CA, for long and for two minutes, beside those of the user", async () => {
    expect(await names({})).toEqual([
      ['local', 'local'],
      ['two-minutes', 'local'],
    ])
    const file = join(await temporaryDirectory(), 'issuers.json')
    const profiles = [
      { name: 'office', kind: 'own-ca' },
      { name: 'local', kind: 'vault-pki' },
    ]
    await writeFile(file, JSON.stringify({ profiles }))
    expect(await names({ ISSUERS_FILE: file })).toEqual([
      ['office', 'own-ca'],
      ['local', 'vault-pki'],
      ['two-minutes', 'local'],
    ])
  })
})

describe('the data directory', () => {
  it('is .data in the repository, or DATA_DIR as an absolute path', () => {
    expect(dataDirectory({})).toBe(join(repositoryRoot, '.data'))
    expect(dataDirectory({ DATA_DIR: 'here' })).toBe(join(process.cwd(), 'here'))
    expect(dataDirectory({ DATA_DIR: '/there' })).toBe('/there')
  })
})
