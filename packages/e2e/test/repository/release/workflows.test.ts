import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { fetchedBy, withTools } from '@mtls-gateway/test-kit'
import { parse } from 'yaml'
import { apps } from '../../../../../infra/release/bill-of-materials.ts'
import { root } from '../../support/entries.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
}

interface Job {
  readonly uses?: string
  readonly steps?: readonly Step[]
  readonly needs?: readonly string[]
  readonly permissions?: Readonly<Record<string, string>>
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> }
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

const files = globSync('.github/workflows/*.yml', { cwd: root }).sort()
const textOf = (file: string) => readFileSync(join(root, file), 'utf8')
const workflowOf = (file: string): Workflow => parse(textOf(file))
const runsOf = (file: string) =>
  Object.values(workflowOf(file).jobs).flatMap(({ steps = [] }) => steps.flatMap(({ run }) => run ?? []))

const scripts = JSON.parse(textOf('package.json')).scripts

const itWithActionlint = withTools(it, 'actionlint')

itWithActionlint('GitHub understands the workflows: jobs, contexts, inputs of actions', () => {
  const actionlint = fetchedBy('infra/actionlint/build.mjs') ?? ''
  // Without the programs that it would look for on this machine.
  const words = ['-no-color', '-shellcheck=', '-pyflakes=', ...files]
  expect(spawnSync(actionlint, words, { cwd: root, encoding: 'utf8' })).toMatchObject({
    status: 0,
    stdout: '',
    stderr: '',
  })
})

it('there are workflows for changes and for releases', () => {
  expect(files).toEqual(['.github/workflows/ci.yml', '.github/workflows/release.yml'])
})

describe.each(files)('%s', (file) => {
  it('names actions of others by commit, with the version that it stands for', () => {
    const uses = [...textOf(file).matchAll(/\buses: (\S.*)$/gm)].map(([, used = '']) => used)
    expect(uses.length).toBeGreaterThan(0)
    for (const used of uses) {
      if (used.startsWith('./')) expect({ used, exists: existsSync(join(root, used)) }).toEqual({ used, exists: true })
      else expect(used).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    }
  })

  it('may read and no more, except for jobs that say so', () => {
    expect(workflowOf(file).permissions).toEqual({ contents: 'read' })
  })

  it('runs what there is: scripts of package.json, and files', () => {
    const commands = runsOf(file).join('\n')
    const named = [...commands.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script = '']) => script)
    expect(named.filter((script) => !(script in scripts))).toEqual([])
    const paths = commands.match(/(?<![\w./-])(?:infra|\.ci|packages|apps)\/[\w./-]+[\w]/g) ?? []
    expect(paths.length).toBeGreaterThan(0)
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it('has scripts that a shell can read, into which nothing is put that others name', () => {
    for (const script of runsOf(file)) {
      expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
      // A branch, a title or a tag in an expression would be run.
      expect(script).not.toContain('${{')
    }
  })
})

describe('the workflow of a release', () => {
  const file = '.github/workflows/release.yml'
  const { jobs } = workflowOf(file)
  const dockerfile = textOf('infra/docker/Dockerfile')
  const build = runsOf(file).find((script) => script.includes('docker buildx build')) ?? ''

  it('publishes nothing before all tests have passed, and the files are there', () => {
    expect(jobs.images?.needs).toEqual(['ci', 'faults', 'files'])
    expect(jobs.publish?.needs).toEqual(['images'])
    const writers = Object.entries(jobs).filter(([, { permissions = {} }]) =>
      Object.values(permissions).includes('write'),
    )
    expect(writers.map(([name]) => name)).toEqual(['images', 'publish'])
  })

  it('builds an image of each service for both architectures, by arguments and a stage of the Dockerfile', () => {
    expect(jobs.images?.strategy?.matrix.app).toEqual(apps.filter((app) => app !== 'cli'))
    expect(build).toContain('--platform linux/amd64,linux/arm64')
    const args = [...build.matchAll(/--build-arg (\w+)=/g)].map(([, name = '']) => name)
    expect(args.sort()).toEqual(['APP', 'BUILD_COMMIT', 'VERSION'])
    for (const name of args) expect(dockerfile).toMatch(new RegExp(`^ARG ${name}\\b`, 'm'))
    const [, target] = /--target (\w+)/.exec(build) ?? []
    expect(dockerfile).toMatch(new RegExp(` AS ${target}$`, 'm'))
  })

  it('adds provenance, and signs what it has pushed by its digest', () => {
    expect(build).toContain('--provenance mode=max')
    const signed = runsOf(file).find((script) => script.includes('cosign sign ')) ?? ''
    expect(signed.match(/cosign (?:sign|attest) .*"\$IMAGE@\$DIGEST"/g)).toHaveLength(2)
  })

  it('finds the base image whose signature it verifies', () => {
    const verify = runsOf(file).find((script) => script.includes('cosign verify')) ?? ''
    const [find = ''] = /sed -n .*Dockerfile/.exec(verify) ?? []
    const { stdout } = spawnSync('sh', ['-c', find], { cwd: root, encoding: 'utf8' })
    expect(stdout).toMatch(/^gcr\.io\/distroless\/\S+@sha256:[0-9a-f]{64}\n$/)
  })

  it('knows no secret but the token of its own run', () => {
    expect(new Set(textOf(file).match(/secrets\.\w+/g))).toEqual(new Set(['secrets.GITHUB_TOKEN']))
  })
})
