/// The gateway described in OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0), as the admin port serves it.
public enum OpenAPIDocument {
    /// The document, in JSON.
    public static let text: StaticString = """
        {
          "openapi": "3.1.0",
          "info": {
            "title": "Mastergate's HTTP gateway",
            "version": "1",
            "description": "Redis by plain HTTP, always at the current master. GET /COMMAND/arg/... as in Webdis; several commands in one request as in Upstash's REST dialect; channels as streams; WebSockets at /.json and /.raw."
          },
          "security": [{}, {"basic": []}, {"bearer": []}],
          "paths": {
            "/{command}": {
              "get": {
                "operationId": "run",
                "summary": "Run a command",
                "parameters": [
                  {"$ref": "#/components/parameters/command"},
                  {"$ref": "#/components/parameters/type"},
                  {"$ref": "#/components/parameters/sep"},
                  {"$ref": "#/components/parameters/filename"},
                  {"$ref": "#/components/parameters/jsonp"},
                  {"$ref": "#/components/parameters/encoding"}
                ],
                "responses": {
                  "200": {"$ref": "#/components/responses/Reply"},
                  "304": {"$ref": "#/components/responses/NotModified"},
                  "400": {"$ref": "#/components/responses/BadRequest"},
                  "401": {"$ref": "#/components/responses/Unauthorized"},
                  "403": {"$ref": "#/components/responses/Forbidden"},
                  "404": {"$ref": "#/components/responses/Nil"},
                  "405": {"$ref": "#/components/responses/WrongMethod"},
                  "413": {"$ref": "#/components/responses/TooLarge"},
                  "431": {"$ref": "#/components/responses/HeadTooLarge"},
                  "502": {"$ref": "#/components/responses/Unrenderable"},
                  "503": {"$ref": "#/components/responses/NoMaster"},
                  "504": {"$ref": "#/components/responses/Unknown"}
                }
              },
              "head": {
                "operationId": "head",
                "summary": "The head of the same",
                "parameters": [{"$ref": "#/components/parameters/command"}],
                "responses": {
                  "200": {"$ref": "#/components/responses/Reply"},
                  "304": {"$ref": "#/components/responses/NotModified"},
                  "400": {"$ref": "#/components/responses/BadRequest"},
                  "401": {"$ref": "#/components/responses/Unauthorized"},
                  "403": {"$ref": "#/components/responses/Forbidden"},
                  "404": {"$ref": "#/components/responses/Nil"},
                  "405": {"$ref": "#/components/responses/WrongMethod"},
                  "413": {"$ref": "#/components/responses/TooLarge"},
                  "431": {"$ref": "#/components/responses/HeadTooLarge"},
                  "502": {"$ref": "#/components/responses/Unrenderable"},
                  "503": {"$ref": "#/components/responses/NoMaster"},
                  "504": {"$ref": "#/components/responses/Unknown"}
                }
              },
              "put": {
                "operationId": "put",
                "summary": "Run a command whose last argument is the body",
                "parameters": [
                  {"$ref": "#/components/parameters/command"},
                  {"$ref": "#/components/parameters/type"},
                  {"$ref": "#/components/parameters/sep"},
                  {"$ref": "#/components/parameters/filename"},
                  {"$ref": "#/components/parameters/jsonp"},
                  {"$ref": "#/components/parameters/encoding"}
                ],
                "requestBody": {"required": true, "content": {"application/octet-stream": {}}},
                "responses": {
                  "200": {"$ref": "#/components/responses/Reply"},
                  "304": {"$ref": "#/components/responses/NotModified"},
                  "400": {"$ref": "#/components/responses/BadRequest"},
                  "401": {"$ref": "#/components/responses/Unauthorized"},
                  "403": {"$ref": "#/components/responses/Forbidden"},
                  "404": {"$ref": "#/components/responses/Nil"},
                  "405": {"$ref": "#/components/responses/WrongMethod"},
                  "413": {"$ref": "#/components/responses/TooLarge"},
                  "431": {"$ref": "#/components/responses/HeadTooLarge"},
                  "502": {"$ref": "#/components/responses/Unrenderable"},
                  "503": {"$ref": "#/components/responses/NoMaster"},
                  "504": {"$ref": "#/components/responses/Unknown"}
                }
              },
              "options": {
                "operationId": "options",
                "summary": "What may be asked",
                "parameters": [{"$ref": "#/components/parameters/command"}],
                "responses": {"200": {"description": "Methods and fields."}}
              }
            },
            "/{database}/{command}": {
              "get": {
                "operationId": "runInDatabase",
                "summary": "Run a command in a database",
                "parameters": [
                  {"$ref": "#/components/parameters/database"},
                  {"$ref": "#/components/parameters/command"},
                  {"$ref": "#/components/parameters/type"},
                  {"$ref": "#/components/parameters/sep"},
                  {"$ref": "#/components/parameters/filename"},
                  {"$ref": "#/components/parameters/jsonp"},
                  {"$ref": "#/components/parameters/encoding"}
                ],
                "responses": {
                  "200": {"$ref": "#/components/responses/Reply"},
                  "304": {"$ref": "#/components/responses/NotModified"},
                  "400": {"$ref": "#/components/responses/BadRequest"},
                  "401": {"$ref": "#/components/responses/Unauthorized"},
                  "403": {"$ref": "#/components/responses/Forbidden"},
                  "404": {"$ref": "#/components/responses/Nil"},
                  "405": {"$ref": "#/components/responses/WrongMethod"},
                  "413": {"$ref": "#/components/responses/TooLarge"},
                  "431": {"$ref": "#/components/responses/HeadTooLarge"},
                  "502": {"$ref": "#/components/responses/Unrenderable"},
                  "503": {"$ref": "#/components/responses/NoMaster"},
                  "504": {"$ref": "#/components/responses/Unknown"}
                }
              },
              "put": {
                "operationId": "putInDatabase",
                "summary": "The same with the body as its last argument",
                "parameters": [
                  {"$ref": "#/components/parameters/database"},
                  {"$ref": "#/components/parameters/command"},
                  {"$ref": "#/components/parameters/type"},
                  {"$ref": "#/components/parameters/sep"},
                  {"$ref": "#/components/parameters/filename"},
                  {"$ref": "#/components/parameters/jsonp"},
                  {"$ref": "#/components/parameters/encoding"}
                ],
                "requestBody": {"required": true, "content": {"application/octet-stream": {}}},
                "responses": {
                  "200": {"$ref": "#/components/responses/Reply"},
                  "304": {"$ref": "#/components/responses/NotModified"},
                  "400": {"$ref": "#/components/responses/BadRequest"},
                  "401": {"$ref": "#/components/responses/Unauthorized"},
                  "403": {"$ref": "#/components/responses/Forbidden"},
                  "404": {"$ref": "#/components/responses/Nil"},
                  "405": {"$ref": "#/components/responses/WrongMethod"},
                  "413": {"$ref": "#/components/responses/TooLarge"},
                  "431": {"$ref": "#/components/responses/HeadTooLarge"},
                  "502": {"$ref": "#/components/responses/Unrenderable"},
                  "503": {"$ref": "#/components/responses/NoMaster"},
                  "504": {"$ref": "#/components/responses/Unknown"}
                }
              }
            },
            "/": {
              "post": {
                "operationId": "post",
                "summary": "Run the command in the body: a path without its slash, or a JSON array",
                "parameters": [
                  {"$ref": "#/components/parameters/type"},
                  {"$ref": "#/components/parameters/sep"},
                  {"$ref": "#/components/parameters/filename"},
                  {"$ref": "#/components/parameters/jsonp"},
                  {"$ref": "#/components/parameters/encoding"}
                ],
                "requestBody": {
                  "required": true,
                  "content": {
                    "text/plain": {"example": "SET/key/value"},
                    "application/json": {"schema": {"$ref": "#/components/schemas/Command"}, "example": ["SET", "key", "value"]}
                  }
                },
                "responses": {
                  "200": {"$ref": "#/components/responses/Reply"},
                  "304": {"$ref": "#/components/responses/NotModified"},
                  "400": {"$ref": "#/components/responses/BadRequest"},
                  "401": {"$ref": "#/components/responses/Unauthorized"},
                  "403": {"$ref": "#/components/responses/Forbidden"},
                  "404": {"$ref": "#/components/responses/Nil"},
                  "405": {"$ref": "#/components/responses/WrongMethod"},
                  "413": {"$ref": "#/components/responses/TooLarge"},
                  "431": {"$ref": "#/components/responses/HeadTooLarge"},
                  "502": {"$ref": "#/components/responses/Unrenderable"},
                  "503": {"$ref": "#/components/responses/NoMaster"},
                  "504": {"$ref": "#/components/responses/Unknown"}
                }
              }
            },
            "/pipeline": {
              "post": {
                "operationId": "pipeline",
                "summary": "Run commands one after the other",
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Command"}},
                      "example": [["SET", "key", "value"], ["GET", "key"]]
                    }
                  }
                },
                "responses": {
                  "200": {
                    "description": "An answer for each command.",
                    "content": {
                      "application/json": {
                        "schema": {
                          "type": "array",
                          "items": {"anyOf": [{"$ref": "#/components/schemas/UpstashResult"}, {"$ref": "#/components/schemas/UpstashError"}]}
                        }
                      }
                    }
                  },
                  "400": {
                    "description": "No JSON, no commands, or an error of the whole.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/UpstashError"}}}
                  },
                  "401": {"$ref": "#/components/responses/Unauthorized"},
                  "503": {"$ref": "#/components/responses/NoMaster"},
                  "504": {"$ref": "#/components/responses/Unknown"}
                }
              }
            },
            "/multi-exec": {
              "post": {
                "operationId": "transaction",
                "summary": "Run commands as one transaction",
                "requestBody": {
                  "required": true,
                  "content": {
                    "application/json": {
                      "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Command"}},
                      "example": [["SET", "key", "value"], ["GET", "key"]]
                    }
                  }
                },
                "responses": {
                  "200": {
                    "description": "An answer for each command.",
                    "content": {
                      "application/json": {
                        "schema": {
                          "type": "array",
                          "items": {"anyOf": [{"$ref": "#/components/schemas/UpstashResult"}, {"$ref": "#/components/schemas/UpstashError"}]}
                        }
                      }
                    }
                  },
                  "400": {
                    "description": "No JSON, no commands, or an error of the whole.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/UpstashError"}}}
                  },
                  "401": {"$ref": "#/components/responses/Unauthorized"},
                  "503": {"$ref": "#/components/responses/NoMaster"},
                  "504": {"$ref": "#/components/responses/Unknown"}
                }
              }
            },
            "/SUBSCRIBE/{channels}": {
              "get": {
                "operationId": "subscribe",
                "summary": "Listen to channels: chunks of JSON, or Server-Sent Events to who accepts text/event-stream; PSUBSCRIBE the same for patterns",
                "parameters": [{"$ref": "#/components/parameters/channels"}],
                "responses": {
                  "200": {
                    "description": "What is published, for as long as the client stays.",
                    "content": {"application/json": {}, "text/event-stream": {}}
                  },
                  "503": {"$ref": "#/components/responses/NoMaster"}
                }
              }
            }
          },
          "components": {
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}, "bearer": {"type": "http", "scheme": "bearer"}},
            "parameters": {
              "type": {"name": "type", "in": "query", "schema": {"type": "string"}, "description": "Content type of the answer, in a text format"},
              "sep": {
                "name": "sep",
                "in": "query",
                "schema": {"type": "string"},
                "description": "What stands between the elements of a list in a text format"
              },
              "filename": {"name": "filename", "in": "query", "schema": {"type": "string"}, "description": "What a browser saves the body as"},
              "jsonp": {"name": "jsonp", "in": "query", "schema": {"type": "string"}, "description": "The function that JSON is passed to, where http.jsonp is on; also callback"},
              "encoding": {
                "name": "encoding",
                "in": "query",
                "schema": {"type": "string", "enum": ["base64"]},
                "description": "Strings of JSON in base64, so that no byte is lost"
              },
              "command": {
                "name": "command",
                "in": "path",
                "required": true,
                "schema": {"type": "string"},
                "description": "The command and its arguments between slashes, each percent-encoded: SET/key/value; behind the last one perhaps a format: .json .raw .txt .xml .msg .html .xhtml .js .css .png .jpg .jpeg .bin",
                "example": "GET/hello.txt"
              },
              "database": {"name": "database", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 0}},
              "channels": {
                "name": "channels",
                "in": "path",
                "required": true,
                "schema": {"type": "string"},
                "description": "Channels between slashes",
                "example": "news/weather"
              }
            },
            "responses": {
              "Reply": {
                "description": "What Redis answered, errors included.",
                "content": {
                  "application/json": {"schema": {"type": "object"}, "example": {"GET": "value"}},
                  "binary/octet-stream": {},
                  "text/plain": {},
                  "text/html": {},
                  "text/xml": {},
                  "application/xhtml+xml": {},
                  "application/x-msgpack": {},
                  "application/javascript": {},
                  "image/png": {},
                  "image/jpeg": {},
                  "text/css": {}
                },
                "headers": {"ETag": {"schema": {"type": "string"}}}
              },
              "NotModified": {"description": "The body is the one whose ETag was named in If-None-Match."},
              "BadRequest": {
                "description": "The request is no HTTP, or no command.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
              },
              "Unauthorized": {
                "description": "No credentials were shown, or wrong ones.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
              },
              "Forbidden": {
                "description": "The rules do not let this client run the command.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
              },
              "Nil": {"description": "The reply is nil, which a text format cannot say."},
              "WrongMethod": {
                "description": "The method runs no command, or not this one.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
              },
              "TooLarge": {
                "description": "The body is larger than http.max_body.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
              },
              "HeadTooLarge": {
                "description": "The head is larger than http.max_head.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
              },
              "Unrenderable": {
                "description": "The reply cannot be shown in this format, or is larger than http.max_reply.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
              },
              "NoMaster": {
                "description": "There is no master at the moment; the command was not run and may be repeated.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                "headers": {"Retry-After": {"schema": {"type": "integer"}}}
              },
              "Unknown": {
                "description": "The connection to the master was lost; whether the command was run is unknown.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
              }
            },
            "schemas": {
              "Error": {
                "type": "object",
                "required": ["error"],
                "properties": {
                  "error": {
                    "type": "object",
                    "required": ["status", "message"],
                    "properties": {"status": {"type": "integer"}, "message": {"type": "string"}}
                  }
                }
              },
              "Command": {"type": "array", "minItems": 1, "items": {"type": ["string", "number", "boolean", "null"]}},
              "UpstashResult": {"type": "object", "required": ["result"], "properties": {"result": {"type": ["string", "integer", "null", "array"]}}},
              "UpstashError": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
            }
          }
        }
        """
}
