// The same data as npm-connector collects, by npm's own libraries: `node sync.js URL TOKEN SOCKETS` in a folder with
// libnpmorg and libnpmteam. Prints how many members, teams and memberships it found.
const url = new URL(process.argv[2]);
const load = (name) => require(require.resolve(name, { paths: [process.cwd()] }));
const org = load('libnpmorg');
const team = load('libnpmteam');
const sockets = Number(process.argv[4]);
const options = { registry: `${url.origin}/`, maxSockets: sockets, [`//${url.host}/:_authToken`]: process.argv[3] };

(async () => {
  const members = await org.ls('acme', options);
  const teams = await team.lsTeams('acme', options);
  const waiting = [...teams];
  let memberships = 0;
  const worker = async () => {
    for (let name = waiting.pop(); name; name = waiting.pop()) {
      const users = await team.lsUsers(`@${name}`, options);
      memberships += users.length;
    }
  };
  await Promise.all(Array.from({ length: sockets }, worker));
  console.log(JSON.stringify({ members: Object.keys(members).length, teams: teams.length, memberships }));
})();
