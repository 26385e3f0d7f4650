import { describe, expect, it } from '@jest/globals'
import { configApi, findOperation, forwarderApi, methodsAt } from '../src/index.ts'

const account = '/mtls/account/le123'

describe('the operation of a request', () => {
  it.each([
    ['POST', `${account}/certificates`, 'createCertificates'],
    ['GET', `${account}/certificates/7`, 'getCertificate'],
    ['POST', `${account}/certificates/csr`, 'createSigningRequest'],
    ['POST', `${account}/certificates/by-file`, 'createCertificateByFile'],
    ['POST', `${account}/mappings/explain`, 'explainMapping'],
    ['PUT', `${account}/mappings/7`, 'updateMapping'],
    ['PUT', '/api/account/le123/configuration/ac-common/mtls/7', 'updateMapping'],
    ['GET', '/health/ready', 'getReadiness'],
    ['HEAD', `${account}/certificates/7`, 'getCertificate'],
  ])('%s %s is %3$s', (method, path, id) => {
    expect(findOperation(configApi, method, path)?.id).toBe(id)
  })

  it.each([
    ['PATCH', `${account}/certificates`],
    ['GET', account],
    ['GET', `${account}/certificates/`],
    ['GET', '/mtls/account//certificates'],
    ['DELETE', `${account}/certificates/csr`],
    ['GET', `${account}/mappings/explain`],
    ['GET', '/'],
  ])('%s %s is none', (method, path) => {
    expect(findOperation(configApi, method, path)).toBeUndefined()
  })

  it('is a forward by its method', () => {
    expect(findOperation(forwarderApi, 'HEAD', account)?.id).toBe('forwardHead')
    expect(findOperation(forwarderApi, 'OPTIONS', account)).toBeUndefined()
  })

  it.each(['', '/', '/a', '/a/b//c/'])('is a forward by base url with %j behind it', (rest) => {
    expect(findOperation(forwarderApi, 'POST', `${account}/to/7${rest}`)?.id).toBe('forwardPostTo')
    expect(findOperation(forwarderApi, 'OPTIONS', `${account}/to/7${rest}`)).toBeUndefined()
  })

  it.each(['/to', '/to/', '/to//a'])('is none at %s', (rest) => {
    expect(findOperation(forwarderApi, 'GET', account + rest)).toBeUndefined()
  })
})

describe('the methods of a path', () => {
  it('are those of its operations, and HEAD beside GET', () => {
    expect(methodsAt(configApi, `${account}/certificates`)).toEqual(['POST', 'PUT', 'GET', 'HEAD'])
    expect(methodsAt(configApi, `${account}/certificates/csr`)).toEqual(['POST'])
    expect(methodsAt(configApi, `${account}/certificates/by-file`)).toEqual(['POST', 'PUT'])
    expect(methodsAt(forwarderApi, account)).toEqual(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
  })

  it('are none where there is nothing', () => {
    expect(methodsAt(configApi, '/nowhere')).toEqual([])
  })
})
