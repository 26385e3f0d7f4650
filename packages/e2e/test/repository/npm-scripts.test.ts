import { spawnSync } from 'node:child_process'
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root } from '../support/entries.ts'
import { workspaces } from '../support/workspaces.ts'

/** Plain JavaScript, which any Node can read. */
const { nodeComplaint }: { nodeComplaint(version: string, platform: string): string | undefined } = await import(
  join(root, 'infra/check-node.mjs')
)

const scripts = [root, ...workspaces.map(({ directory }) => directory)].flatMap((directory) => {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  return Object.entries(manifest.scripts).map(([name, script]) => ({ name, script }))
})

describe('the scripts of package.json', () => {
  it('build by infra/turbo.mjs, so that stdout has the answer alone', () => {
    const building = scripts.filter(({ script }) => /\bturbo\b/.test(script))
    expect(building.length).toBeGreaterThan(10)
    expect(building.filter(({ script }) => !/\bnode (\.\.\/\.\.\/)?infra\/turbo\.mjs [a-z]/.test(script))).toEqual([])
  })

  it('say nothing while they build what is built', () => {
    const { status, stdout, stderr } = turbo('build', '--filter=@mtls-gateway/domain', '--dry')
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  it('say on stderr of each package that it has been built, also without a terminal', () => {
    // Not in this checkout: a build writes files that other tests read meanwhile, those that pack them too.
    const checkout = mkdtempSync(join(tmpdir(), 'checkout-'))
    const write = (file: string, content: unknown) => writeFileSync(join(checkout, file), JSON.stringify(content))
    try {
      mkdirSync(join(checkout, 'packages/domain'), { recursive: true })
      const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
      write('package.json', { name: 'checkout', packageManager, workspaces: ['packages/*'] })
      write('turbo.json', { tasks: { build: {} } })
      write('packages/domain/package.json', { name: '@mtls-gateway/domain', scripts: { build: 'node --version' } })
      const { status, stdout, stderr } = turboIn(checkout, 'build', '--filter=@mtls-gateway/domain', '--force')
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
      expect(stderr).toMatch(/^Building \.\.\. \d+ s, 1 done, the last one domain\n/m)
    } finally {
      rmSync(checkout, { recursive: true })
    }
  })

  it('say on stderr what went wrong', () => {
    const { status, stdout, stderr } = turbo('no-such-task')
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain('no-such-task')
  })

  it('say of a Node that is too old what to do, and nothing of the one that is pinned', () => {
    const pinned = readFileSync(join(root, '.nvmrc'), 'utf8').trim()
    expect(nodeComplaint(pinned, 'linux')).toBeUndefined()
    expect(nodeComplaint('20.20.2', 'linux')).toMatch(/needs Node 24 or newer, and this is Node 20\.20\.2\. Run npm ci/)
    expect(nodeComplaint('8.17.0', 'darwin')).toMatch(/this is Node 8\.17\.0\. Install it/)
  })

  it('come as far as that: a Node refuses a file that imports a name which it does not have', () => {
    const firstFiles = globSync('infra/*.mjs', { cwd: root })
    expect(firstFiles.length).toBeGreaterThan(2)
    const newerNames = /^import \{[^}]*\b(glob|globSync|styleText|parseEnv|enableCompileCache)\b[^}]*\} from 'node:/m
    expect(firstFiles.filter((file) => newerNames.test(readFileSync(join(root, file), 'utf8')))).toEqual([])
  })
})

describe('the cache of servers for tests', () => {
  it('is not used if others could have put something into it, as what is in it is run', () => {
    const home = mkdtempSync(join(tmpdir(), 'cache-'))
    const cache = join(home, 'mtls-gateway')
    const look = () => {
      const env = { ...process.env, XDG_CACHE_HOME: home }
      return spawnSync(process.execPath, [join(root, 'infra/vault-dev/build.mjs'), '--path'], { env, encoding: 'utf8' })
    }
    try {
      expect(look().stdout).toMatch(`${cache}/vault-dev-`)
      mkdirSync(cache)
      chmodSync(cache, 0o755)
      expect(look().stdout).toMatch(`${cache}/vault-dev-`)
      chmodSync(cache, 0o777)
      expect(look()).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('Others can write to') })
    } finally {
      rmSync(home, { recursive: true })
    }
  })
})

const turbo = (...words: readonly string[]) => turboIn(root, ...words)

function turboIn(cwd: string, ...words: readonly string[]) {
  return spawnSync(process.execPath, [join(root, 'infra/turbo.mjs'), ...words], { cwd, encoding: 'utf8' })
}
