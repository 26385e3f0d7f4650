import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { configApiSettings, proberSettings } from '@mtls-gateway/config-api'
import { consoleSettings } from '@mtls-gateway/console'
import { forwarderSettings } from '@mtls-gateway/forwarder-api'
import type { Setting } from '@mtls-gateway/service-kit'
import { root } from '../../support/entries.ts'

const page = readFileSync(`${root}docs/configuration.md`, 'utf8')

const groups = new Map([
  ['config-api, forwarder-api', 'both'],
  ['config-api, forwarder-api, prober', 'both, prober'],
  ['config-api, forwarder-api, console', 'both, console'],
  ['config-api, forwarder-api, prober, console', 'all'],
])

function expectedRows(): readonly string[] {
  const settings = [
    ['config-api', Object.values(configApiSettings)],
    ['forwarder-api', Object.values(forwarderSettings)],
    ['prober', Object.values(proberSettings)],
    ['console', Object.values(consoleSettings)],
  ] satisfies [string, Setting<unknown>[]][]
  const all = new Map(settings.flatMap(([, own]) => own).map((setting) => [setting.variable, setting]))
  return [...all.values()].map(({ variable, meaning, default: usual }) => {
    const readers = settings.filter(([, own]) => own.some((each) => each.variable === variable))
    const names = readers.map(([reader]) => reader).join(', ')
    return `| \`${variable}\` | ${groups.get(names) ?? names} | ${meaning}${usual ? ` Default: \`${usual}\`.` : ''} |`
  })
}

describe('docs/configuration.md', () => {
  it('has exactly the variables that the services read, as they describe them', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `'))
    expect(rows).toEqual(expectedRows())
  })
})
