import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root } from '../support/entries.ts'
import { workspaces } from '../support/workspaces.ts'

const page = readFileSync(join(root, 'docs/node-internals.md'), 'utf8')
/** Workspaces that run in a deployment. */
const deployed = [
  'config-api',
  'forwarder-api',
  'event-loop',
  'isolated-jobs',
  'key-material',
  'outbound',
  'service-kit',
]
/** How Node names what it does not document. */
const privateField = /\b_(?:handle|parent|consumed|paused|writableState|readableState|write|writev|keepAlive\w+)\b/
const otherInternals =
  /\bparser\.(?:onIncoming|consume|getCurrentBuffer)\b|\bcontext\.(?:addCACert|close)\b|httpAllowHalfOpen|Listener\('secure'/

describe('what Node does not document', () => {
  it('is on the page wherever a source uses it', () => {
    const sources = workspaces.filter(({ name }) => deployed.includes(name)).flatMap((workspace) => workspace.sources)
    const using = sources
      .map(({ path }) => path)
      .filter((path) => {
        const text = readFileSync(join(root, path), 'utf8')
        return privateField.test(text) || otherInternals.test(text)
      })
    expect(using.length).toBeGreaterThan(2)
    expect(using.filter((path) => !page.includes(`\`${path}\``))).toEqual([])
  })
})
