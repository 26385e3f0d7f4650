import NordigenClient from 'nordigen-node'

const client = new NordigenClient({ baseUrl: process.env.BASE_URL })
client.token = process.env.TOKEN
const listed = await client.institution.getInstitutions({ country: 'GB' })
const agreed = await client.agreement.createAgreement({ institutionId: 'BANK_OF_TESTS' })
console.log(JSON.stringify({ listed, agreed }))
