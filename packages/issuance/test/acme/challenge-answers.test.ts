import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import { ChallengeAnswers } from '../../src/acme/challenge-answers.ts'
import { IssuerError } from '../../src/index.ts'

const token = 'DGyRejmCefe7v4NfDGDKfA'
const missing = new IssuerError('ISSUER_ACCOUNT_MISSING', 'It is not there.')

it.each(['', 'short', 'a'.repeat(101), `${token}/`, `${token}.`, `${token}\n`, '../../../../etc/passwd', `é${token}`])(
  'answers nothing that is no token: %j',
  async (text) => {
    let readings = 0
    const answers = new ChallengeAnswers([{ thumbprint: async () => `${++readings}` }])
    expect(await answers.answer(text)).toBeUndefined()
    expect(readings).toBe(0)
  },
)

it('reads the account key once a second, however many ask, and takes up a new one', async () => {
  let readings = 0
  let key = 'old'
  const thumbprint = async () => {
    readings += 1
    await delay(20)
    return key
  }
  const answers = new ChallengeAnswers([{ thumbprint }])
  const many = () => Promise.all(Array.from({ length: 1_000 }, () => answers.answer(token)))
  expect(new Set([...(await many()), ...(await many())])).toEqual(new Set([`${token}.old`]))
  expect(readings).toBe(1)
  key = 'new'
  await delay(1_100)
  expect(new Set(await many())).toEqual(new Set([`${token}.new`]))
  expect(readings).toBe(2)
})

it('answers nothing without a key, and recovers', async () => {
  let isThere = false
  const answers = new ChallengeAnswers([{ thumbprint: async () => (isThere ? 'key' : Promise.reject(missing)) }])
  expect(await answers.answer(token)).toBeUndefined()
  isThere = true
  await delay(1_100)
  expect(await answers.answer(token)).toBe(`${token}.key`)
})
