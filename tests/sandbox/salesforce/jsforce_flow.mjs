// The whole flow of jsforce against the org. Prints one JSON document of what it saw; the Python test judges it.
// Usage: node jsforce_flow.mjs <folder of node_modules> <org address> <credentials as JSON>
import { createRequire } from 'node:module';

const [folder, url, text] = process.argv.slice(2);
const { default: jsforce } = await import(createRequire(`${folder}/`).resolve('jsforce'));
const secrets = JSON.parse(text);
const version = '67.0';
const seen = {};

async function refusal(work) {
  try {
    await work();
    return null;
  } catch (error) {
    return error.errorCode ?? error.name;
  }
}

// Sign-in: client credentials, and a refresh after the session was ended.
const app = { loginUrl: url, clientId: secrets.client_id, clientSecret: secrets.client_secret };
const machine = new jsforce.Connection({ instanceUrl: url, version, oauth2: app });
const user = await machine.authorize({ grant_type: 'client_credentials' });
seen.signIn = { id: user.id, organization: user.organizationId };
const person = new jsforce.Connection({
  instanceUrl: url, version, oauth2: app, accessToken: 'expired', refreshToken: secrets.refresh_token,
});
seen.refreshed = (await person.query('SELECT COUNT() FROM Account')).totalSize;
const stranger = new jsforce.Connection({ instanceUrl: url, version, accessToken: 'rubbish' });
seen.stranger = await refusal(() => stranger.query('SELECT Id FROM Account'));

const org = new jsforce.Connection({ instanceUrl: url, version, accessToken: secrets.access_token });
seen.identity = (await org.identity()).username;
seen.limits = (await org.limits()).DailyApiRequests.Max;
seen.usage = org.limitInfo.apiUsage.limit;

// Records one at a time.
const made = await org.sobject('Account').create({ Name: 'Acme' });
await org.sobject('Account').update({ Id: made.id, Name: 'Acme 2' });
seen.retrieved = (await org.sobject('Account').retrieve(made.id)).Name;
seen.required = await refusal(() => org.sobject('Account').create({}));
seen.upserts = [];
for (const name of ['first', 'second']) {
  const done = await org.sobject('Account').upsert({ Name: name, Node_Key__c: 'k' }, 'Node_Key__c');
  seen.upserts.push(done.created ?? null);
}

// Collections.
const many = await org.sobject('Account').create(Array.from({ length: 250 }, (_, n) => ({ Name: `Many ${n}` })), {
  allowRecursive: true,
});
seen.collections = many.filter((row) => row.success).length;
seen.mixed = (await org.sobject('Account').create([{ Name: 'x' }, {}])).map((row) => row.errors[0]?.statusCode ?? 'ok');
seen.updated = (await org.sobject('Account').update(many.slice(0, 3).map(({ id }) => ({ Id: id, Name: 'New' })))).every(
  (row) => row.success,
);
seen.read = (await org.sobject('Account').retrieve(many.slice(0, 3).map(({ id }) => id))).map((row) => row.Name);
seen.upserted = (
  await org.sobject('Account').upsert([{ Name: 'y', Node_Key__c: 'k' }, { Name: 'z', Node_Key__c: 'l' }], 'Node_Key__c')
).map((row) => row.created);
seen.destroyed = (await org.sobject('Account').destroy(many.slice(0, 3).map(({ id }) => id))).every((row) => row.success);

// Query: paging, automatic and by hand, and the fluent finder.
const paged = await org.query('SELECT Id FROM Account', { autoFetch: true, maxFetch: 5000, headers: { 'Sforce-Query-Options': 'batchSize=200' } });
seen.fetched = paged.records.length;
const first = await org.query('SELECT Id FROM Account', { headers: { 'Sforce-Query-Options': 'batchSize=200' } });
seen.pages = [first.records.length, (await org.queryMore(first.nextRecordsUrl)).records.length];
seen.found = (await org.sobject('Account').find({ Name: { $like: 'Many 1%' } }, 'Id, Name').sort('Name').limit(3)).map((row) => row.Name);
seen.malformed = await refusal(() => org.query('SELECT Nope FROM Account'));

// Describe.
seen.objects = (await org.describeGlobal()).sobjects.some((row) => row.name === 'SBQQ__Subscription__c');
seen.children = (await org.describe('Order')).childRelationships.some((row) => row.relationshipName === 'OrderItems');

// Composite and graph.
const root = `/services/data/v${version}`;
const entries = [
  { method: 'POST', url: `${root}/sobjects/Account`, referenceId: 'a', body: { Name: 'Graph' } },
  { method: 'POST', url: `${root}/sobjects/Contact`, referenceId: 'c', body: { LastName: 'Doe', AccountId: '@{a.id}' } },
];
const composite = await org.requestPost(`${root}/composite`, { allOrNone: true, compositeRequest: entries });
seen.composite = composite.compositeResponse.map((row) => row.httpStatusCode);
const graph = await org.requestPost(`${root}/composite/graph`, { graphs: [{ graphId: 'g', compositeRequest: entries }] });
seen.graph = graph.graphs.map((row) => row.isSuccessful);
const tree = { records: [{ attributes: { type: 'Account', referenceId: 'a' }, Name: 'Tree' }] };
seen.tree = (await org.requestPost(`${root}/composite/tree/Account`, tree)).hasErrors;

// Bulk 2.0 both ways.
org.bulk2.pollInterval = 1;
const loaded = await org.bulk2.loadAndWaitForResults({
  object: 'Account', operation: 'insert', input: [{ Name: 'Bulk 1', Site: 'x' }, { Name: 'Bulk 2', Site: 'x' }, { Name: '', Site: 'x' }],
});
seen.bulk = [loaded.successfulResults.length, loaded.failedResults.length, loaded.unprocessedRecords.length];
const stream = await org.bulk2.query("SELECT Id, Name FROM Account WHERE Name LIKE 'Bulk%' ORDER BY Name");
seen.bulkRead = [];
for await (const row of stream) seen.bulkRead.push(row.Name);

console.log(JSON.stringify(seen));
