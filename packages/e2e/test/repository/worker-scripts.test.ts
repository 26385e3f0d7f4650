import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root } from '../support/entries.ts'
import { workspaces } from '../support/workspaces.ts'

/** Scripts that code of ours looks for beside itself, to run them in a process or thread of its own. */
const scripts = workspaces.flatMap(({ sources }) =>
  sources.flatMap(({ path }) => {
    const text = readFileSync(join(root, path), 'utf8')
    return [...text.matchAll(/new URL\(`\.\/([\w-]+)\$\{extname\(/g)].map(([, name = '']) => ({ path, name }))
  }),
)

const bundles = Object.fromEntries(['config-api', 'forwarder-api'].map((app) => [app, scriptsOf(app)]))

function scriptsOf(app: string): readonly string[] {
  const dist = join(root, `apps/${app}/dist`)
  const names = readdirSync(dist).filter((name) => name.endsWith('.js'))
  return names.map((name) => readFileSync(join(dist, name), 'utf8'))
}

describe('a worker script', () => {
  it('has a name that no other one has, as bundles keep all of them in one folder', () => {
    const names = scripts.map(({ name }) => name)
    expect(names.length).toBeGreaterThan(2)
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  })

  it.each(scripts)('is an entry of every bundle that may start it: $name', ({ name }) => {
    // Whose bundle has it without a use of it: what remains of the line is no assignment.
    const used = new RegExp(`= (?:fileURLToPath\\()?new URL\\(.\\./${name}\\$`)
    const apps = Object.keys(bundles).filter((app) => bundles[app]?.some((text) => used.test(text)))
    expect(apps).not.toEqual([])
    expect(apps.filter((app) => !existsSync(join(root, `apps/${app}/dist/${name}.js`)))).toEqual([])
  })
})
