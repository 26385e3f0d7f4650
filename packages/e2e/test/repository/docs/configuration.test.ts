import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { configApiSettings, proberSettings } from '@mtls-gateway/config-api'
import { consoleSettings } from '@mtls-gateway/console'
import { forwarderSettings } from '@mtls-gateway/forwarder-api'
import { describeSettings } from '@mtls-gateway/service-kit'
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
    ['config-api', describeSettings(configApiSettings)],
    ['forwarder-api', describeSettings(forwarderSettings)],
    ['prober', describeSettings(proberSettings)],
    ['console', describeSettings(consoleSettings)],
  ] as const
  const all = new Map(settings.flatMap(([, own]) => own).map((setting) => [setting.name, setting]))
  return [...all.values()].map(({ name, meaning, ...setting }) => {
    const readers = settings.filter(([, own]) => own.some((each) => each.name === name)).map(([reader]) => reader)
    const of = groups.get(readers.join(', ')) ?? readers.join(', ')
    return `| \`${name}\` | ${of} | ${meaning}${setting.default === '' ? '' : ` Default: \`${setting.default}\`.`} |`
  })
}

describe('docs/configuration.md', () => {
  it('has exactly the variables that the services read, as they describe them', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `'))
    expect(rows).toEqual(expectedRows())
  })
})
