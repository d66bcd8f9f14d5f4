// npm-connector, the program, against peers that no HTTP server would be: no crash, no hang, no memory to speak of, and
// an error that says what was seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <zlib.h>

#include "tests/testing/program.h"
#include "tests/testing/raw_server.h"
#include "tests/testing/sanitizers.h"
#include "tests/testing/temp_folder.h"
#include "tests/testing/tls_server.h"

namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing_util::ProgramRun;
using testing_util::RawServer;
using testing_util::RunConnector;
using testing_util::TempFolder;
using testing_util::TlsServer;

constexpr const char* kToken = "npm_CANARY0000000000000000000000000000000";
constexpr std::size_t kMiB = 1024 * 1024;

std::size_t IdleKib() {
  static const std::size_t idle = RunConnector({"--version"}).peak_kib;
  return idle;
}

// `count` times `piece`, unless the client goes away.
void SendMany(int socket, const std::string& piece, std::size_t count) {
  for (std::size_t i = 0; i < count && RawServer::Send(socket, piece); ++i) {
  }
}

// `count` mebibytes of spaces, in gzip.
std::string GzippedSpaces(std::size_t count) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY);
  std::string spaces(kMiB, ' '), packed, out(kMiB, '\0');
  for (std::size_t i = 0; i <= count; ++i) {
    stream.next_in = reinterpret_cast<Bytef*>(spaces.data());
    stream.avail_in = i < count ? static_cast<uInt>(spaces.size()) : 0;
    do {
      stream.next_out = reinterpret_cast<Bytef*>(out.data());
      stream.avail_out = static_cast<uInt>(out.size());
      deflate(&stream, i < count ? Z_NO_FLUSH : Z_FINISH);
      packed.append(out, 0, out.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
  return packed;
}

struct Peer {
  const char* name;
  std::function<void(int socket)> answer;
  int exit_code;
  const char* error;
};

std::ostream& operator<<(std::ostream& out, const Peer& peer) { return out << peer.name; }

const std::string kOk = "HTTP/1.1 200 OK\r\n";
const std::string kChunked = kOk + "Transfer-Encoding: chunked\r\n\r\n";

std::vector<Peer> Peers() {
  return {
      {"StatusLineOfAMegabyte",
       [](int socket) { RawServer::Send(socket, "HTTP/1.1 200 " + std::string(kMiB, 'a') + "\r\n\r\n"); }, 8,
       "a header line is longer than 8192 bytes"},
      {"TwentyThousandHeaders",
       [](int socket) {
         RawServer::Send(socket, kOk);
         SendMany(socket, "X-Header: " + std::string(1000, 'v') + "\r\n", 20'000);
       },
       8, "the headers are longer than 65536 bytes"},
      {"OneHeaderOf200Megabytes",
       [](int socket) {
         RawServer::Send(socket, kOk + "X-Header: ");
         SendMany(socket, std::string(kMiB, 'v'), 200);
       },
       8, "a header line is longer than 8192 bytes"},
      {"NegativeChunkSize",
       [](int socket) {
         RawServer::Send(socket, kChunked + "-2\r\n");
         SendMany(socket, std::string(kMiB, ' '), 300);
       },
       8, "the body is longer than"},
      {"ChunkWithoutEnd", [](int socket) { RawServer::Send(socket, kChunked + "2\r\n[]XX0\r\n\r\n"); }, 15, "Gave up"},
      {"ChunkSizeThatIsNone", [](int socket) { RawServer::Send(socket, kChunked + "zz\r\n[]\r\n0\r\n\r\n"); }, 15,
       "does not decode"},
      {"GzipBomb",
       [](int socket) {
         static const std::string& bomb = *new std::string(GzippedSpaces(300));
         RawServer::Send(socket, kOk + "Content-Encoding: gzip\r\nContent-Length: " + std::to_string(bomb.size()) +
                                     "\r\n\r\n" + bomb);
       },
       8, "decompresses to more than"},
      {"BodyWithoutEnd",
       [](int socket) {
         RawServer::Send(socket, kOk + "Content-Length: 1000000000000\r\n\r\n");
         SendMany(socket, std::string(kMiB, ' '), 300);
       },
       8, "the body is longer than"},
      {"FloodOf100Continue", [](int socket) { SendMany(socket, "HTTP/1.1 100 Continue\r\n\r\n", 1'000'000); }, 8,
       "the headers are longer than 65536 bytes"},
      {"AByteNowAndThen",
       [](int socket) {
         constexpr int kEvery = 300;  // ms
         pollfd gone{socket, POLLIN, 0};
         for (const char byte : kOk + "Content-Length: 1000\r\n\r\n" + std::string(1000, ' ')) {
           if (::poll(&gone, 1, kEvery) != 0 || !RawServer::Send(socket, {&byte, 1})) return;
         }
       },
       4, "the run did not end within 2s"},
      {"Silence", [](int socket) { RawServer::AwaitClose(socket); }, 4, "the run did not end within 2s"},
      {"CloseAtOnce", [](int) {}, 14, "closed without a reply"},
      {"AnotherProtocol", [](int socket) { RawServer::Send(socket, "SSH-2.0-OpenSSH_9.2p1\r\n"); }, 15,
       "does not start like an HTTP/1 response"},
      {"TheTokenInTheError",
       [](int socket) {
         const std::string body = std::string(R"({"error":"bad token )") + kToken + "\"}";
         RawServer::Send(socket,
                         "HTTP/1.1 401 No\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
       },
       16, "the registry answered 401 (bad token (the token))"},
      {"TheTokenAsATeam",
       [](int socket) {
         const std::string body = std::string("[\"acme:") + kToken + "\"]";
         RawServer::Send(socket, kOk + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
       },
       15, "the reply holds the access token"},
  };
}

class HostilePeerTest : public ::testing::TestWithParam<Peer> {};

INSTANTIATE_TEST_SUITE_P(Peers, HostilePeerTest, ::testing::ValuesIn(Peers()),
                         [](const auto& test) { return test.param.name; });

TEST_P(HostilePeerTest, NeitherCrashesNorHangsNorFloodsTheConnector) {
  const Peer& peer = GetParam();
  const RawServer server([&](int socket, std::size_t) { peer.answer(socket); });
  const TempFolder folder;
  const ProgramRun run = RunConnector({"--organization", "acme", "--base-url", server.base_url(), "-f",
                                       folder.File("sync.c1z"), "--max-attempts", "1", "--deadline", "2s"},
                                      kToken);
  EXPECT_EQ(run.exit_code, peer.exit_code) << run.output;
  EXPECT_THAT(run.output, HasSubstr(peer.error));
  EXPECT_THAT(run.output, Not(HasSubstr(kToken)));
  EXPECT_THAT(folder.Names(), ::testing::IsEmpty());
  EXPECT_LT(run.duration, std::chrono::seconds(30)) << "the deadline is 2 s";
  if (!testing_util::kSanitized) {
    EXPECT_LT(run.peak_kib, IdleKib() + 64 * 1024);
  }
}

TEST(HostileTlsTest, NothingIsSentToWhoCannotProveItsName) {
  const TempFolder folder;
  struct Case {
    testing_util::TlsServerOptions server;
    bool trusted;
    const char* error;
  };
  const Case cases[] = {{{"127.0.0.1", false}, false, "self-signed certificate"},
                        {{"other.example", false}, true, "not for this host name"},
                        {{"127.0.0.1", true}, true, "certificate has expired"}};
  for (const Case& bad : cases) {
    const TlsServer server(bad.server, "{}");
    testing_util::WriteBytes(folder.File("ca.pem"), server.certificate());
    std::vector<std::string> arguments = {"--organization",  "acme", "--base-url",
                                          server.base_url(), "-f",   folder.File("sync.c1z")};
    if (bad.trusted) arguments.insert(arguments.end(), {"--ca-file", folder.File("ca.pem")});
    const ProgramRun run = RunConnector(arguments, kToken);
    EXPECT_EQ(run.exit_code, 14) << run.output;
    EXPECT_THAT(run.output, HasSubstr(bad.error));
    EXPECT_EQ(server.requests(), 0);
  }
}

}  // namespace
