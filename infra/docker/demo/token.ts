import { token } from './issuer.ts'

const [account, scope = 'mtls:read mtls:write'] = process.argv.slice(2)
if (account === undefined) {
  console.error('usage: node infra/docker/demo/token.ts ACCOUNT ["SCOPE SCOPE"]')
  process.exitCode = 2
} else {
  console.log(await token(account, scope))
}
