import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { configApiSettings, proberSettings } from '@mtls-gateway/config-api'
import { forwarderSettings } from '@mtls-gateway/forwarder-api'
import { describeSettings } from '@mtls-gateway/service-kit'
import { root } from '../support/entries.ts'

const document = readFileSync(join(root, 'SECURITY.md'), 'utf8')
const quoted = [...document.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text)

describe('SECURITY.md', () => {
  it('names tests and documents that there are', () => {
    const links = [...document.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path)
    const paths = [...quoted.filter((text) => /^(?:apps|packages|docs|infra)\//.test(text)), ...links]
    expect(paths.length).toBeGreaterThan(20)
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it('names settings that there are', () => {
    const settings = [configApiSettings, forwarderSettings, proberSettings].flatMap((each) => describeSettings(each))
    const names = settings.map(({ name }) => name)
    const named = quoted.flatMap((text) => /^([A-Z][A-Z0-9_]*_[A-Z0-9]+)(?:=.*)?$/.exec(text)?.[1] ?? [])
    expect(named.length).toBeGreaterThan(4)
    expect(named.filter((name) => !names.includes(name))).toEqual([])
  })
})
