import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, withTools } from '@mtls-gateway/test-kit'
import { codes, examineP12 } from '../support/examine.ts'
import { p12, password } from '../support/files.ts'
import { keptFile } from '../support/kept-files.ts'
import { askJava, javaVersion } from './ask-java.ts'
import { cipherQuestions, keyQuestions, macQuestions, passwordAndBagQuestions } from './questions.ts'

const questions = [...macQuestions, ...cipherQuestions, ...passwordAndBagQuestions, ...keyQuestions]
const asksJava = javaVersion === 17
if (!asksJava)
  console.warn(`NO JAVA 17 ON THIS MACHINE (found: ${javaVersion}): the rules are held against the table alone.`)

withTools(describe, 'openssl')('the verdict for Java', () => {
  let identity: IssuedCertificate
  let other: IssuedCertificate
  const files = new Map<string, Buffer>()
  let answers = new Map<string, string | undefined>()

  beforeAll(async () => {
    const ca = await createCa()
    identity = await ca.issue({ commonName: 'client', keyType: 'RSA-2048' })
    other = await ca.issue({ commonName: 'other' })
    for (const { name, make } of questions) files.set(name, await make(identity, other))
    if (!asksJava) return
    const asked = await askJava(
      questions.map(({ name, ...rest }) => ({ bytes: files.get(name) ?? Buffer.alloc(0), ...rest })),
    )
    answers = new Map(questions.map(({ name }, index) => [name, asked[index]]))
  })

  it.each(questions)('is right about $name', ({ name, readable, password: secret }) => {
    const { report } = examineP12(files.get(name) ?? Buffer.alloc(0), secret)
    expect(report.readable).toBe(true)
    expect(report.readableByJava).toEqual(readable)
    if (asksJava) expect(answers.get(name) === 'ok').toBe(readable.includes('17'))
  })

  it('names the reason, its source and the commands that mend it, and says when Java blames the password', () => {
    const { report } = examineP12(p12(identity, { password: 'pässword' }), 'pässword')
    const problem = report.problems.find(({ code }) => code === 'JAVA_PASSWORD_NOT_ASCII')
    expect(problem?.message).toMatch(/keystore password was incorrect.*another one.*PBEKey/s)
    expect(problem?.fix).toContain('openssl pkcs12 -export')
    expect(report.javaCompliant).toBe(false)
    if (asksJava) expect(answers.get('a password with an umlaut')).toContain('keystore password was incorrect')
  })

  it('calls compliant what all but Java 8 before u301 can read, without a warning', () => {
    const examination = examineP12(p12(identity), password)
    expect(examination.report).toMatchObject({ javaCompliant: true, readableByJava: ['8u301', '11', '17', '21'] })
    expect(codes(examination).filter((code) => code.startsWith('JAVA_'))).toEqual([])
  })

  it('says so when the file is a JKS under the name of a P12, which Java itself opens', async () => {
    const bytes = keptFile('jks-named')
    const { report } = examineP12(bytes, 'secret')
    expect(report.problems).toMatchObject([{ code: 'NOT_A_PKCS12', message: expect.stringContaining('JKS') }])
    expect(report.problems[0]?.fix).toContain('keytool -importkeystore')
    if (asksJava) expect(await askJava([{ bytes, password: 'secret' }])).toEqual(['ok'])
  })
})
