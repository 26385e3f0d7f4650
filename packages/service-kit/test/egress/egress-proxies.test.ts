import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { createLog, EgressProxies, readEgressProxies, ServiceMetrics } from '../../src/index.ts'
import { TestLog } from '../support/test-log.ts'

let directory: string
let file: string
let proxies: EgressProxies | undefined

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'egress-proxies-'))
  file = join(directory, 'proxies.json')
})
afterEach(() => {
  proxies?.close()
  proxies = undefined
  rmSync(directory, { recursive: true })
})

const write = (content: unknown) => writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
const everyone = { url: 'http://proxy.example:3128', username: 'gateway', password: 'a: canary' }

describe('EGRESS_PROXIES_FILE', () => {
  it('gives each account its proxy, none, or that of all others', () => {
    write({
      '*': everyone,
      acme: { url: 'http://[2001:db8::1]', except: ['bank.example', '*.internal.example', '10.0.0.1', '::1'] },
      globex: 'direct',
    })
    const log = createLog({ service: 'test', level: 'silent' })
    proxies = new EgressProxies(file, { log, metrics: new ServiceMetrics('test') })
    const authorization = `Basic ${Buffer.from('gateway:a: canary').toString('base64')}`
    expect(['acme', 'globex', 'initech'].map(proxies.of)).toEqual([
      {
        host: '2001:db8::1',
        port: 80,
        ca: undefined,
        authorization: undefined,
        except: ['bank.example', '*.internal.example', '10.0.0.1', '::1'],
      },
      undefined,
      { host: 'proxy.example', port: 3128, ca: undefined, authorization, except: [] },
    ])
  })

  it('has the CAs of a proxy over TLS', async () => {
    const [one, other] = await Promise.all([createCa(), createCa()])
    const ca = one.certificate + other.certificate
    write({ '*': { url: 'https://proxy.example', ca }, acme: { url: 'https://[::1]:8443', ca } })
    const [everyones, own] = readEgressProxies(file).values()
    expect(everyones).toMatchObject({ host: 'proxy.example', port: 443, ca })
    expect(own).toMatchObject({ host: '::1', port: 8_443, ca })
  })

  it.each<[string, unknown, RegExp]>([
    ['text that is not JSON', '{"*": {"password": "canary"', /not JSON/],
    ['a list', [], /not JSON like/],
    ['a proxy over TLS without its CA', { '*': { url: 'https://proxy.example:3128' } }, /\*: needs the CA of the/],
    [
      'a CA for a proxy in clear text',
      { '*': { url: 'http://a:1', ca: pem } },
      /needs the CA .* none if it is http:|PEM/,
    ],
    ['a CA that is none', { '*': { url: 'https://a:1', ca: `canary${pem}` } }, /\*\.ca: must be the PEM/],
    ['another scheme', { '*': { url: 'socks5://proxy.example:1080' } }, /\*\.url: must be like http:/],
    ['credentials in the url', { '*': { url: 'http://u:canary@proxy.example' } }, /\*\.url: must be like http:/],
    ['a url with a path', { '*': { url: 'http://proxy.example/canary' } }, /must be like http:/],
    ['half of the credentials', { '*': { url: 'http://a:1', password: 'canary' } }, /both username and password/],
    ['a line break', { '*': { ...everyone, password: 'canary\r\nA: b' } }, /\*\.password: must be 1 to 255/],
    ['a colon in the name', { '*': { ...everyone, username: 'a:canary' } }, /\*\.username: must be/],
    ['no account id', { 'a/canary/../b': 'direct', acme: 'never' }, /neither an account id.*acme: /s],
    ['a wrong host', { acme: { url: 'http://a:1', except: ['https://canary'] } }, /acme\.except\.0: must be a host/],
    ['an unknown setting', { '*': { url: 'http://a:1', token: 'canary' } }, /token/],
  ])('is refused for %s, without a word of its secrets', (_, content, sentence) => {
    write(content)
    let message = ''
    try {
      readEgressProxies(file)
    } catch (error) {
      message = (error as Error).message
      expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' })
    }
    expect(message).toMatch(sentence)
    expect(message.replace('"a/canary/../b"', '')).not.toContain('canary')
  })

  it('is read again when it changes, and what is wrong does not replace what is in use', async () => {
    write({ '*': everyone })
    const stream = new TestLog()
    const metrics = new ServiceMetrics('test')
    const log = createLog({ service: 'test', level: 'info', stream })
    proxies = new EgressProxies(file, { log, metrics, pollMs: 20 })
    const changes: boolean[][] = []
    proxies.onChanged((hasChanged) => changes.push(['acme', 'globex'].map(hasChanged)))
    // Again and again: what comes before the file is first looked at is no change.
    const replace = async (content: string, event: string) => {
      const timer = setInterval(() => {
        writeFileSync(`${file}.new`, content)
        renameSync(`${file}.new`, file)
      }, 50)
      await stream.line({ event })
      clearInterval(timer)
    }
    await replace('{ "canary', 'egress-proxies-reload-failed')
    expect(proxies.of('acme')).toMatchObject({ host: 'proxy.example' })
    expect(await metrics.registry.metrics()).toContain('egress_proxies_reload_failed 1')
    const changed = { '*': everyone, acme: { url: 'http://static.example:8080' } }
    await replace(JSON.stringify(changed), 'egress-proxies-reloaded')
    expect(proxies.of('acme')).toMatchObject({ host: 'static.example', port: 8_080 })
    expect(await metrics.registry.metrics()).toContain('egress_proxies_reload_failed 0')
    expect(changes).toEqual([[true, false]])
    expect(JSON.stringify(stream.lines)).not.toContain('canary')
  })
})
