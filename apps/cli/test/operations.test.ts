import { globSync, readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { configApiRoutes } from '@mtls-gateway/contract/words'

/** What another operation does as well, or what is for probes of an orchestrator. */
const otherwise = new Set([
  'createCertificateByFile',
  'replaceCertificateByFile',
  'describeInvitation',
  // Those of whoever has a link, which opens a page.
  'openHandover',
  'answerHandover',
  // What targets and their authorization servers fetch.
  'getJwks',
  // A CA's.
  'answerAcmeChallenge',
  'getLiveness',
  'getReadiness',
])

it('mtls covers every operation of config-api', () => {
  const folder = new URL('../src/', import.meta.url).pathname
  const sources = globSync('**/*.ts', { cwd: folder }).map((file) => readFileSync(folder + file, 'utf8'))
  const isUsed = (id: string) => sources.some((source) => new RegExp(`[cC]onfigApi\\.${id}\\(`).test(source))
  const missing = Object.keys(configApiRoutes).filter((id) => !otherwise.has(id) && !isUsed(id))
  expect(missing).toEqual([])
  // Nothing is excused that is there.
  expect([...otherwise].filter(isUsed)).toEqual([])
})
