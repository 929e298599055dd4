// Ends at once when it is told to.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	http.HandleFunc("/", func(answer http.ResponseWriter, request *http.Request) {
		io.Copy(io.Discard, request.Body)
		var ms int
		fmt.Sscanf(request.URL.Path, "/api/slow/%d", &ms)
		time.Sleep(time.Duration(ms) * time.Millisecond)
		fmt.Fprintf(answer, "answered by %d\n", os.Getpid())
	})
	log.Fatal(http.ListenAndServe(os.Getenv("HOST")+":"+os.Getenv("PORT"), nil))
}
