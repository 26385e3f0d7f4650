import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { configApiSettings } from '@mtls-gateway/config-api'
import { forwarderSettings } from '@mtls-gateway/forwarder-api'
import { describeSettings } from '@mtls-gateway/service-kit'

const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8')

function expectedRows(): readonly string[] {
  const ofConfigApi = new Map(describeSettings(configApiSettings).map((setting) => [setting.name, setting]))
  const ofForwarder = new Map(describeSettings(forwarderSettings).map((setting) => [setting.name, setting]))
  return [...new Map([...ofConfigApi, ...ofForwarder]).values()].map(({ name, meaning, ...setting }) => {
    const both = ofConfigApi.has(name) && ofForwarder.has(name)
    const service = both ? 'both' : ofConfigApi.has(name) ? 'config-api' : 'forwarder-api'
    return `| \`${name}\` | ${service} | ${setting.default === '' ? '' : `\`${setting.default}\``} | ${meaning} |`
  })
}

describe('the configuration table of the README', () => {
  it('has exactly the variables that the services read, as they describe them', () => {
    const table = readme.slice(readme.indexOf('<!-- settings -->'), readme.indexOf('<!-- /settings -->'))
    const rows = table.split('\n').filter((line) => line.startsWith('| `'))
    expect(rows).toEqual(expectedRows())
  })
})
