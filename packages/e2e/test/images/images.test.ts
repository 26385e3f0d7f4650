import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { parseDockerfile } from '../support/dockerfile.ts'
import { root } from '../support/entries.ts'
import { describeImages } from '../support/image-behaviour.ts'

describeImages(['config-api', 'forwarder-api', 'console'])

const dockerfile = readFileSync(join(root, 'infra/docker/Dockerfile'), 'utf8')
const stages = parseDockerfile(dockerfile)

it('an image has the Node that .nvmrc names', () => {
  const version = readFileSync(join(root, '.nvmrc'), 'utf8').trim()
  expect(stages.get('node')?.from).toMatch(new RegExp(`^node:${version}-`))
})

it('installs nothing whose bytes the lock file does not hold', () => {
  const runs = [...stages.values()].flatMap(({ instructions }) => instructions.filter(({ name }) => name === 'RUN'))
  const commands = runs.map(({ rest }) => rest).join('\n')
  expect(commands.match(/\bnpm ci\b/g)).toHaveLength(2)
  expect(commands.match(/\bnpm (install|i|add|exec|x)\b/g)).toBeNull()
  // Without --no, npx would fetch what is not there.
  expect(commands.match(/\bnpx (?!--no -- )/g)).toBeNull()
})

it('nothing is run in a stage for another architecture than that of the machine which builds', () => {
  const platformOf = (name: string): string | undefined => {
    const { from = '', platform } = stages.get(name) ?? {}
    return stages.has(from) ? platformOf(from) : platform
  }
  const running = [...stages].filter(([, { instructions }]) => instructions.some(({ name }) => name === 'RUN'))
  expect(running.length).toBeGreaterThan(3)
  for (const [name] of running)
    expect({ name, platform: platformOf(name) }).toEqual({ name, platform: 'BUILDPLATFORM' })
})

it('an image has the programs by which a service that is not root isolates processes', () => {
  const isolation = readFileSync(join(root, 'packages/isolated-jobs/src/isolation.ts'), 'utf8')
  const programs = [...new Set(isolation.match(/\/usr\/bin\/\w+/g))]
  expect(programs.sort()).toEqual(['/usr/bin/setpriv', '/usr/bin/test', '/usr/bin/unshare'])
  for (const program of programs.filter((each) => each !== '/usr/bin/setpriv'))
    expect(dockerfile).toContain(`COPY --from=node ${program} /usr/bin/\n`)
})
