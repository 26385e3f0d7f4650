import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { root } from '../support/entries.ts'
import { describeImages } from '../support/image-behaviour.ts'

describeImages(['config-api', 'forwarder-api', 'console'])

it('an image has the Node that .nvmrc names', async () => {
  const version = (await readFile(join(root, '.nvmrc'), 'utf8')).trim()
  expect(await readFile(join(root, 'infra/docker/Dockerfile'), 'utf8')).toContain(`ARG NODE_VERSION=${version}\n`)
})
