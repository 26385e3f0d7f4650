import { spawnSync } from 'node:child_process'
import { describe, expect, it } from '@jest/globals'
import { withTools } from '@mtls-gateway/test-kit'
import { tlsRules } from '../../src/java-compatibility/identity-rules.ts'
import { codes, examineP12 } from '../support/examine.ts'
import { p12, password } from '../support/files.ts'
import { selfSigned } from '../support/openssl.ts'

withTools(describe, 'openssl')('what the TLS of Java refuses', () => {
  withTools(it, 'a JDK')('is in the security properties of the Java on this machine', () => {
    const script =
      'for (var p : new String[]{"jdk.certpath.disabledAlgorithms","jdk.tls.disabledAlgorithms"}) System.out.println(java.security.Security.getProperty(p));'
    const { stdout } = spawnSync('jshell', ['-s', '-'], { input: `${script}\n/exit\n`, encoding: 'utf8' })
    const [certpath = '', tls = ''] = stdout.trim().split('\n')
    for (const algorithm of ['MD2', 'MD5', 'RSA keySize < 1024', 'EC keySize < 224'])
      expect(certpath).toContain(algorithm)
    for (const algorithm of ['MD5withRSA', 'EC keySize < 224']) expect(tls).toContain(algorithm)
    expect(tlsRules.every(({ source }) => source.startsWith('jdk.') || source.startsWith('JSSE'))).toBe(true)
  })

  it('is told of a certificate that is signed with MD5', async () => {
    const examination = examineP12(p12(await selfSigned('rsa:2048', ['-md5'])), password)
    expect(examination.report).toMatchObject({ javaCompliant: false, readableByJava: ['8u301', '11', '17', '21'] })
    expect(codes(examination)).toEqual(expect.arrayContaining(['JAVA_TLS_REFUSES', 'WEAK_SIGNATURE']))
  })

  it('is told of an RSA key of 512 bits', async () => {
    const examination = examineP12(p12(await selfSigned('rsa:512')), password)
    expect(codes(examination)).toEqual(expect.arrayContaining(['JAVA_TLS_REFUSES', 'KEY_TOO_WEAK']))
  })
})
