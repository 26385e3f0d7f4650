import { describe, expect, it } from '@jest/globals'
import { certificatesCsv, mappingsCsv } from '../src/index.ts'

const mapping = {
  ...{ id: 7, deleted: false, siteId: 'le1', name: 'm1', serviceId: '1', url: 'https://a.example/', enable: true },
  certificationId: '9',
}
const rowOf = (name: string) => mappingsCsv([{ ...mapping, name }]).slice(mappingsCsv([]).length)
const nameIn = (name: string) => /^7,(.*),1,https:\/\/a\.example\/,9,true,,,,,\r\n$/s.exec(rowOf(name))?.[1]

describe('a list as CSV', () => {
  it('has a line for each entry below the names of the API', () => {
    const at = '2026-02-01T09:30:00.000Z'
    const lastCalls = { succeededAt: at, failedAt: null, failureCode: null, failuresInARow: 0 }
    expect(mappingsCsv([mapping, { ...mapping, id: 8, lastCalls }])).toBe(
      [
        'id,name,serviceId,url,certificationId,enable,answerTimeoutSeconds,succeededAt,failedAt,failureCode,failuresInARow',
        '7,m1,1,https://a.example/,9,true,,,,,',
        `8,m1,1,https://a.example/,9,true,,${at},,,0`,
        '',
      ].join('\r\n'),
    )
    const certificate = {
      ...{ id: 9, deleted: false, name: 'c1', displayName: 'c1', siteId: 'le1', keyType: 'RSA-2048', warnings: [] },
      ...{ status: 'PendingSignature' as const, expirationDate: null, fingerprintSha256: null, issuer: null },
      ...{ serialNumber: null, notBefore: null, clientAuth: null, createdAt: at, updatedAt: at, subject: 'CN=a,O=b' },
    }
    expect(certificatesCsv([certificate]).split('\r\n')).toEqual([
      'id,name,status,expirationDate,subject,issuer,serialNumber,keyType,clientAuth,fingerprintSha256,calls,lastUsedAt,createdAt,updatedAt',
      `9,c1,PendingSignature,,"CN=a,O=b",,,RSA-2048,,,,,${at},${at}`,
      '',
    ])
  })

  it.each([
    ['=1+1', "'=1+1"],
    ['+49', "'+49"],
    ['-x', "'-x"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['  =1', "  '=1"],
    ['\uff1d1', "'\uff1d1"],
    ['a;=1', '"a;\'=1"'],
    ['a,@b', '"a,\'@b"'],
    ['\t=1', '"\t\'=1"'],
    ['a\r\n-b', '"a\r\n\'-b"'],
    ['="a"&"b"', `"'=""a""&""b"""`],
    // Where ";" separates, the second part is `""'=1+1`: quotes around nothing, and text behind them.
    ['a;"=1+1', `"a;""'=1+1"`],
    ['a; " "=1+1', `"a; "" ""'=1+1"`],
    ['"@x', `"""'@x"`],
  ])('has no cell that a spreadsheet runs: %j', (name, field) => {
    expect(nameIn(name)).toBe(field)
  })

  it.each([
    ['a-b+c=d@e', 'a-b+c=d@e'],
    ['a "b"', '"a ""b"""'],
    ['a, "b"', '"a, ""b"""'],
    ['', ''],
  ])('leaves other texts as they are: %j', (name, field) => {
    expect(nameIn(name)).toBe(field)
  })
})
