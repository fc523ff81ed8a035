// PouchDB against express-pouchdb on LevelDB, for one run of the bench: `serve` is HQ's side, `client` the station's.
import express from "express";
import expressPouchdb from "express-pouchdb";
import PouchDB from "pouchdb";
import { performance } from "node:perf_hooks";

const BATCH = 1000;
const [role, ...rest] = process.argv.slice(2);
const cpu = () => Object.values(process.cpuUsage()).reduce((sum, part) => sum + part, 0) / 1e6;

function row(number, round) {
  const serial = `SN${String(number).padStart(12, "0")}`;
  return {
    _id: serial, model: `KT${55 + (number % 9)}`, status: "sold", made: "2025-03-14", shipped: "2025-04-02",
    sold: "2025-05-20", dealer: `D${String(number % 400).padStart(4, "0")}`, region: "CN-GD",
    registered: "2025-05-21", policy: `policy-${number % 40}`, version: round, note: "x".repeat(30),
  };
}

async function fill(db, from, to, round, revisions = new Map()) {
  for (let at = from; at < to; at += 5000) {
    const docs = [];
    for (let n = at; n < Math.min(at + 5000, to); n++) {
      const doc = row(n, round);
      const rev = revisions.get(doc._id);
      docs.push(rev ? { ...doc, _rev: rev } : doc);
    }
    const answers = await db.bulkDocs(docs);
    const failed = answers.find((answer) => answer.error);
    if (failed) throw new Error(JSON.stringify(failed));
  }
}

async function serve(folder, port, rows) {
  const Server = PouchDB.defaults({ prefix: `${folder}/` });
  const db = new Server("units");
  await fill(db, 0, Number(rows), 1);
  const app = express();
  app.get("/cpu-seconds", (_, response) => response.json(cpu()));
  app.use("/db", expressPouchdb(Server, { mode: "minimumForPouchDB",
    logPath: `${folder}/log.txt`, configPath: `${folder}/config.json` }));
  app.listen(Number(port), "127.0.0.1", () => console.log("ready"));
}

async function measured(origin, work) {
  const server = async () => (await fetch(`${origin}/cpu-seconds`)).json();
  const before = { server: await server(), client: cpu(), at: performance.now() };
  await work();
  const seconds = (performance.now() - before.at) / 1000;
  return { seconds, cpu: (await server()) - before.server + cpu() - before.client };
}

async function client(folder, origin, rows, changed, idle) {
  const local = new PouchDB(`${folder}/client`);
  const remote = new PouchDB(`${origin}/db/units`);
  const options = { batch_size: BATCH, batches_limit: 4 };
  const told = { pull: await measured(origin, () => local.replicate.from(remote, options)) };
  const info = await local.info();
  if (info.doc_count !== Number(rows)) throw new Error(`pulled ${info.doc_count}`);
  const found = await local.allDocs({ limit: Number(changed) });
  const revisions = new Map(found.rows.map((one) => [one.id, one.value.rev]));
  await fill(local, 0, Number(changed), 2, revisions);
  let pushed;
  told.push = await measured(origin, async () => { pushed = await local.replicate.to(remote, options); });
  if (pushed.docs_written < Number(changed)) throw new Error(`pushed ${pushed.docs_written}`);
  await local.replicate.from(remote, options);
  const times = [];
  for (let n = 0; n < Number(idle); n++) {
    const began = performance.now();
    await local.replicate.to(remote, options);
    await local.replicate.from(remote, options);
    times.push((performance.now() - began) / 1000);
  }
  told.idle = { seconds: times.sort((a, b) => a - b)[Math.floor(times.length / 2)], cpu: 0 };
  console.log(JSON.stringify(told));
  process.exit(0);
}

await (role === "serve" ? serve(...rest) : client(...rest));
